package exapool

import (
	"context"
	"time"
)

// waiter is a call of Acquire that waits for a session.
type waiter struct {
	ctx    context.Context // the login that is begun for it gets its values
	since  time.Time
	served bool       // it is in the queue no more
	ready  chan grant // has room for one

	waited   time.Duration // until it was served
	hasLogin bool          // a login was begun for it

	next, prev *waiter
}

// grant is what a waiter gets: a session or an error.
type grant struct {
	member *member
	err    *AcquireError
}

// waiters are a queue. The first comes first.
type waiters struct {
	first, last *waiter
	len         int
}

func (q *waiters) push(w *waiter) {
	w.prev = q.last
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
	q.len++
}

// remove takes a waiter out, wherever it stands.
func (q *waiters) remove(w *waiter) {
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.next, w.prev, w.served = nil, nil, true
	q.len--
}

// forLogin returns the first waiter for whom no login was begun, or the first one.
func (q *waiters) forLogin() *waiter {
	for w := q.first; w != nil; w = w.next {
		if !w.hasLogin {
			return w
		}
	}
	return q.first
}
