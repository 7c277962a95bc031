package slot

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkUpdate is an update in a table that is as full as it should get.
func BenchmarkUpdate(b *testing.B) {
	for _, entries := range []int{16, 64} {
		b.Run(fmt.Sprintf("%d entries", entries), func(b *testing.B) {
			table := view(b, &memory{}, Config{Prefix: "bench", Slots: 64, Entries: entries, StateSize: 8, Full: Evict})
			keys := make([]string, 64*entries/2)
			for i := range keys {
				keys[i] = fmt.Sprintf("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs %d", i)
				table.Update(start, keys[i], time.Minute, add)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if table.Update(start, keys[i%len(keys)], time.Minute, add) != Done {
					b.Fatal("an update was not done")
				}
				i++
			}
			if table.Stats().Failures > 0 {
				b.Fatal("updates failed")
			}
		})
	}
}
