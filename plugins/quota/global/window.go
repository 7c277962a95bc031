package global

import "time"

// Times are in milliseconds since 1970 in this package's states.
const second = 1000

// length is how long the windows of a unit are: at most, of one that is not known.
func (u Unit) length() int64 {
	const day = 86400 * second
	switch u {
	case Second:
		return second
	case Minute:
		return 60 * second
	case Hour:
		return 3600 * second
	case Day:
		return day
	case Week:
		return 7 * day
	case Month:
		return 30 * day
	case Year:
		return 365 * day
	}
	return int64(maxReset / time.Millisecond)
}

// unlimited is how long a lease lasts if the service does not say when its window
// ends.
const unlimited = 5 * second

// windowEnd estimates when the window ends of an answer to a call that was made at a
// time.
//
// The service says how many whole seconds remain: the length of the window less the
// seconds that have begun in it. So the window ends when that many seconds have passed
// since the second began in which the service looked at its clock. It is taken for the
// one in which the call was made: where the clocks agree that is never too late, and
// wherever they do not it is so by less than a second, however far they are apart.
func windowEnd(asked int64, r *response) int64 {
	reset := r.reset.Milliseconds()
	switch {
	case reset <= 0:
		return asked + unlimited
	case reset%second != 0:
		return asked + reset // a service that is more precise
	}
	return floor(asked) + reset
}

func floor(t int64) int64 { return t - t%second }

// sameWindow tells whether two estimates are of one window. Estimates of a window
// differ by up to a second if clocks do; where windows are not known, leases of some
// seconds are as good as one.
func sameWindow(a, b int64, unit Unit) bool {
	near := int64(second)
	switch unit {
	case Second:
		near = 0
	case Unknown:
		near = unlimited
	}
	return a-b <= near && b-a <= near
}

// settled is how long after a second began the service's clock may not have got there
// yet.
const settled = 20

// refusedUntil says until when no hits are to be had after a refusal, whose window ends
// at end. In the last second of a window, which is all of one of a second, nobody knows
// exactly when it ends unless the clocks agree: then it is asked for again at the
// beginning of the gateway's second, once more right after it, and every Target.
func refusedUntil(asked, answered, end, target int64, r *response) int64 {
	switch {
	case r.reset <= 0:
		return answered + target
	case r.reset > time.Second:
		return end
	case asked-floor(asked) < settled:
		return max(floor(asked)+settled, answered+1)
	}
	return min(end, answered+target)
}
