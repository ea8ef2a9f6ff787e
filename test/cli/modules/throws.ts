throw new TypeError('the desk is not configured');
