package global

import "testing"

// FuzzLease: whatever lies in the shared memory, a lease takes no more than it has, and
// asks for what the service can count.
func FuzzLease(f *testing.F) {
	f.Add(make([]byte, leaseSize), int64(1), int64(0), uint32(100), uint8(1))
	full := make([]byte, leaseSize)
	now := start.UnixMilli()
	(&lease{left: 5, window: now + 500, since: now - 100, used: 50, batch: 10, limit: 100, remaining: 40, rate: 500, share: 100, unit: Minute, flags: counted}).store(full)
	f.Add(full, int64(3), int64(7), uint32(0), uint8(0))
	f.Fuzz(func(t *testing.T, state []byte, hits, waiting int64, requests uint32, unit uint8) {
		if len(state) < leaseSize || hits < 0 || hits > maxHits || waiting < 0 || waiting > maxHits {
			return
		}
		var before lease
		before.load(state)
		if before.left > maxHits || before.left < -maxDebt {
			return // no change leaves that much
		}
		round := make([]byte, leaseSize)
		before.store(round)
		var again lease
		if again.load(round); again != before && before.rate == before.rate {
			t.Fatalf("%+v is read as %+v", before, again)
		}
		terms := terms{target: 200, timeout: 100, maxBatch: 1000, latency: 2}
		o := Override{requests, Unit(unit % 8)}
		after := before
		outcome, a := after.take(&terms, now, hits, waiting, o)
		switch {
		case a.hits < 0 || a.hits > maxHits || a.debt < 0 || a.debt > a.hits:
			t.Fatalf("%+v asks for %+v", before, a)
		case outcome == Allowed && hits > 0 && (before.left < hits || before.window <= now || after.left != before.left-hits):
			t.Fatalf("%d of %+v leave %+v", hits, before, after)
		case outcome == Wait && a.hits-a.debt < min(hits, maxHits-a.debt):
			t.Fatalf("%d are needed, asks for %+v", hits, a)
		case outcome == Denied && after.refused == 0 && !after.exceeds(hits, o):
			t.Fatalf("%+v is denied", before)
		}
		if ttl, _ := after.ttl(now); ttl <= 0 {
			t.Fatalf("%+v is kept for %v", after, ttl)
		}
		if a = after.charge(&terms, now, hits, o); a.hits < 0 || a.hits > maxHits || after.left < -maxDebt {
			t.Fatalf("%+v asks for %+v", after, a)
		}
	})
}
