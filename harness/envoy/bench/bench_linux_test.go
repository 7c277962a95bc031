package bench

import (
	"slices"
	"testing"

	"gatehouse/harness/envoy/load"
)

func TestLargestMemory(t *testing.T) {
	const maps = `55a12be00000-55a12bf46000 rw-p 00000000 00:00 0 [heap]
7f26ce900000-7f26cee00000 rw-p 00000000 00:00 0
7f26cee00000-7f28ce900000 ---p 00000000 00:00 0
7f28ce90c000-7f28ce91c000 r--p 00000000 00:00 0
7f2900110000-7f2900910000 rw-p 00000000 00:00 0
7f2900910000-7f2900920000 rw-p 00000000 00:00 0
7f2900920000-7f2b00910000 ---p 00000000 00:00 0
7f2c00000000-7f2c10000000 rw-p 00000000 00:00 0
7f2c10000000-7f2c20000000 ---p 00000000 00:00 0
`
	if got, err := largestMemory(maps); err != nil || got != 5<<20 {
		t.Errorf("largestMemory = %d, %v, want %d", got, err, 5<<20)
	}
	if got, err := largestMemory("no map\n"); err == nil {
		t.Errorf("largestMemory of no map = %d, want an error", got)
	}
}

// TestSetupsServe starts an Envoy that answers itself and one with the floor
// plugin, whose memory is two pages.
func TestSetupsServe(t *testing.T) {
	floor, err := Floor(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		setup  Setup
		header string
		memory uint64
	}{
		{"no filter", Setup{}, "x: y", 0},
		{"the floor plugin and two workers", Setup{Filters: []Filter{Wasm("floor", floor, "")}, Workers: 2}, "authorization: x", 2 << 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Start(t.Context(), tt.setup)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Stop()
			client, err := load.Dial(t.Context(), e.Address(Listener), 2)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var answers []int
			request := load.Request("GET / HTTP/1.1\r\nhost: x\r\n" + tt.header + "\r\n\r\n")
			if _, err := client.Send(t.Context(), []load.Request{request}, 1, func(status int) error {
				answers = append(answers, status)
				return nil
			}); err != nil || !slices.Equal(answers, []int{200}) {
				t.Errorf("answers %v, %v, want 200", answers, err)
			}
			if got, err := e.LinearMemory(); err != nil || got != tt.memory {
				t.Errorf("linear memory %d, %v, want %d", got, err, tt.memory)
			}
			if e.Ready <= 0 || e.ReadyCPU <= 0 || e.Idle == 0 {
				t.Errorf("ready after %v, processor time %v, %d bytes, want all above 0", e.Ready, e.ReadyCPU, e.Idle)
			}
		})
	}
}

func TestAdded(t *testing.T) {
	if got := Added([]float64{3, 5}, []float64{1, 7}); !slices.Equal(got, []float64{2, -2}) {
		t.Errorf("Added = %v, want 2 and -2", got)
	}
}
