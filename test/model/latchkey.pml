/*
 * The life of one intent under several workers, without any clock: a lease may be over at any moment, every worker may
 * crash or stand still between any two steps, replies get lost, and a request may stay on the wire for as long as it
 * likes. What holds here holds whatever the timing is.
 *
 * One of these says what a doubt leads to:
 *   HOLD                 the remote is asked; "absent" keeps the doubt
 *   PERFORM_WHEN_ABSENT  the remote is asked; "absent" performs again
 *   KEY                  the same request goes out again, and the remote drops it by its key
 *
 * Expected: HOLD and KEY are safe, PERFORM_WHEN_ABSENT is not.
 */
#ifndef WORKERS
#define WORKERS 3
#endif
#define MOST_TOKENS 4
#define MOST_CRASHES 3

mtype = { pending, claimed, in_doubt, succeeded, failed };

mtype state = pending;
byte token = 0;
bool lease_over = false;
/* The first attempt that may have reached the remote, and that no sure "not performed" took back; 0: none. */
byte sent = 0;

byte effects = 0;
byte on_the_wire = 0;
byte crashes = 0;

#define FINAL (state == succeeded || state == failed)
#define MINE (token == mine)

/* A request arrives at the remote; only ever within one atomic step. */
inline arrive() {
#ifdef KEY
  if
  :: effects == 0 -> effects++
  :: else -> skip
  fi;
#else
  effects++;
#endif
  printf("effects: %d\n", effects);
  assert(effects <= 1);
  assert(state != failed)
}

/* Ends the intent: what it says must be true then. */
inline finish(end) {
  state = end;
  lease_over = false;
  if
  :: end == succeeded -> assert(effects + on_the_wire >= 1)
  :: else -> assert(effects + on_the_wire == 0)
  fi
}

inline claim_anew() {
  token++;
  mine = token;
  state = claimed;
  lease_over = false;
  printf("worker %d claims, attempt %d\n", _pid, mine)
}

/* A crash loses what the worker knows; its successor begins afresh. A pause needs no word: others may always go first. */
inline may_crash() {
  if
  :: atomic { crashes < MOST_CRASHES -> crashes++; printf("worker %d crashes\n", _pid); mine = 0 }; goto next
  :: skip
  fi
}

active [WORKERS] proctype worker() {
  byte mine = 0;
  byte doubt;
  bool seen;
  bool answered;

next:
  atomic {
    mine = 0; doubt = 0; seen = false; answered = false;
    if
    :: FINAL -> goto end
    :: state == pending && token < MOST_TOKENS ->
      claim_anew();
      if
      :: sent == 0 -> sent = mine
      :: else -> skip
      fi
#ifdef KEY
    :: ((state == claimed && lease_over) || state == in_doubt) && token < MOST_TOKENS -> claim_anew()
#else
    :: state == claimed && lease_over ->
      state = in_doubt; lease_over = false;
      printf("worker %d ends the dead lease: in doubt\n", _pid)
    :: state == in_doubt -> doubt = token
#endif
    /* a redelivery that finds nothing to do; or this worker leaves for good */
    :: goto end
    fi
  };
  if
  :: mine > 0 -> goto perform
  :: mine == 0 && doubt > 0 -> goto ask
  :: else -> goto next
  fi;

perform:
  may_crash();
  /* the last check: the lease must hold, and nobody else have claimed */
  atomic {
    if
    :: state == claimed && MINE && !lease_over -> skip
    :: else -> goto surely_not
    fi
  };
  /* here a pause may fall, for as long as it likes; then the request goes out all the same */
  may_crash();
  if
  :: goto surely_not /* the remote is busy: it proves that nothing happened */
  :: goto declined
  :: atomic { printf("worker %d sends, attempt %d\n", _pid, mine); arrive(); answered = true }
  :: atomic { printf("worker %d sends, attempt %d; the reply is lost\n", _pid, mine); arrive() }
  :: atomic { on_the_wire++; printf("worker %d sends, attempt %d; it stays on the wire\n", _pid, mine) }
  :: atomic { on_the_wire++; answered = true; printf("worker %d sends, attempt %d; the remote acts later\n", _pid, mine) }
  :: skip /* the request is lost, and nobody knows */
  fi;
  may_crash();
  atomic {
    if
    :: answered && MINE && (state == claimed || state == in_doubt || state == pending) ->
      printf("worker %d records success, attempt %d\n", _pid, mine);
      finish(succeeded)
    :: !answered && MINE && state == claimed ->
      printf("worker %d does not know: in doubt, attempt %d\n", _pid, mine);
      state = in_doubt; lease_over = false
    :: else -> printf("worker %d comes too late, attempt %d\n", _pid, mine)
    fi
  };
  goto next;

surely_not:
  atomic {
    if
    :: MINE && (state == claimed || state == in_doubt) ->
      printf("worker %d surely did not perform, attempt %d\n", _pid, mine);
      lease_over = false;
      if
      :: sent == mine -> sent = 0; state = pending
      :: else -> state = in_doubt
      fi
    :: else -> skip
    fi
  };
  goto next;

declined:
  atomic {
    if
    :: MINE && (state == claimed || state == in_doubt) ->
      printf("worker %d was declined, attempt %d\n", _pid, mine);
      if
      :: sent == mine -> finish(failed)
      :: else -> state = in_doubt; lease_over = false
      fi
    :: else -> skip
    fi
  };
  goto next;

ask:
  atomic { seen = (effects > 0); printf("worker %d asks the remote: %d\n", _pid, seen) };
  may_crash();
  atomic {
    if
    :: state == in_doubt && token == doubt && seen -> finish(succeeded)
#ifdef PERFORM_WHEN_ABSENT
    :: state == in_doubt && token == doubt && !seen -> state = pending
#endif
    :: else -> skip
    fi
  };
  goto next;

end:
  skip
}

/* Time: a lease ends whenever it likes. */
active proctype time() {
  do
  :: atomic { state == claimed && !lease_over -> lease_over = true }
  :: atomic { FINAL -> break }
  od
}

/* The network: what is on the wire arrives some time, or never. */
active proctype network() {
  do
  :: atomic { on_the_wire > 0 -> on_the_wire--; arrive() }
  od
}
