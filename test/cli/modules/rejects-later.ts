export { keyed } from './actions.ts';

setTimeout(() => {
  void Promise.reject(new Error('a stray promise'));
}, 1_500);
