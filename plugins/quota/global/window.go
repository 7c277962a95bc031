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
const unlimited = second

// windowEnd estimates when the window ends of an answer to a call that was made at
// one time and answered at another.
//
// The service says how many whole seconds remain: the length of the window less the
// seconds that have begun in it, so that the window ends between reset − 1 s after the
// service looked at its clock and reset. Where the clocks agree it is exactly reset
// after the beginning of the second in which it looked; where they do not, that is
// off by less than a second, however far they are apart. A window never ends later
// than thought if the service looked after the call's second began by its own clock.
func windowEnd(asked, answered int64, r *response) int64 {
	reset := r.reset.Milliseconds()
	switch {
	case reset <= 0:
		return asked + unlimited
	case reset%second != 0:
		return asked + reset // a service that is more precise
	}
	end := floor(asked) + reset
	if r.unit != Unknown {
		// The service may have looked in the next second.
		length, later := r.unit.length(), floor(answered)+reset
		if end%length != 0 && later%length == 0 {
			return later
		}
	}
	return end
}

func floor(t int64) int64 { return t - t%second }

// sameWindow tells whether two estimates are of one window. Estimates of a window
// differ by up to a second if clocks do.
func sameWindow(a, b int64, unit Unit) bool {
	if unit == Second {
		return a == b
	}
	return a-b <= second && b-a <= second
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
