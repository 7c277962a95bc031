package harness

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWASIAnswers(t *testing.T) {
	p := start(t, Options{}, Plugin{Name: "a", Wasm: assemble(nil, plain())})
	v := p.workerVMs[workerVM{0, p.chain[0].vmKey()}]
	functions := wasiFunctions()
	call := func(name string, args ...uint64) uint32 {
		t.Helper()
		f := functions[name]
		if f.run == nil || len(args) != len(f.params) {
			t.Fatalf("%s with %d arguments, want %q", name, len(args), f.params)
		}
		return f.run(&hostCall{ctx: t.Context(), vm: v, c: v.base, args: args})
	}
	const outside = 1 << 17
	for _, tt := range []struct {
		name string
		args []uint64
		want uint32
	}{
		{"args_get", []uint64{0, 0}, 0},
		{"args_sizes_get", []uint64{0, 4}, 0},
		{"args_sizes_get", []uint64{0, outside}, wasiFault},
		{"environ_get", []uint64{0, 8}, 0},
		{"environ_sizes_get", []uint64{0, 4}, 0},
		{"environ_sizes_get", []uint64{outside, 4}, wasiFault},
		{"clock_res_get", []uint64{0, 8}, 0},
		{"clock_res_get", []uint64{2, 8}, wasiNotSupport},
		{"clock_time_get", []uint64{0, 0, 8}, 0},
		{"clock_time_get", []uint64{1, 0, 8}, 0},
		{"clock_time_get", []uint64{2, 0, 8}, wasiNotSupport},
		{"clock_time_get", []uint64{0, 0, outside}, wasiFault},
		{"fd_advise", []uint64{9, 0, 0, 0}, 0},
		{"fd_allocate", []uint64{1, 0, 0}, 0},
		{"fd_allocate", []uint64{3, 0, 0}, wasiBadFile},
		{"fd_close", []uint64{3}, 0},
		{"fd_datasync", []uint64{2}, 0},
		{"fd_datasync", []uint64{0}, wasiBadFile},
		{"fd_fdstat_get", []uint64{1, 64}, 0},
		{"fd_fdstat_get", []uint64{0, 64}, wasiBadFile},
		{"fd_fdstat_set_flags", []uint64{1, 0}, wasiNoSystem},
		{"fd_fdstat_set_rights", []uint64{1, 0, 0}, 0},
		{"fd_filestat_get", []uint64{1, 0}, wasiBadFile},
		{"fd_filestat_set_size", []uint64{1, 0}, 0},
		{"fd_filestat_set_times", []uint64{7, 0, 0, 0}, wasiBadFile},
		{"fd_pread", []uint64{1, 0, 0, 0, 0}, wasiNoSystem},
		{"fd_prestat_dir_name", []uint64{3, 0, 0}, wasiNoSystem},
		{"fd_prestat_get", []uint64{3, 0}, wasiBadFile},
		{"fd_pwrite", []uint64{1, 0, 0, 0, 8}, 0},
		{"fd_pwrite", []uint64{0, 0, 0, 0, 8}, wasiBadFile},
		{"fd_read", []uint64{0, 0, 0, 0}, wasiNoSystem},
		{"fd_readdir", []uint64{3, 0, 0, 0, 8}, wasiNotDir},
		{"fd_renumber", []uint64{1, 2}, wasiNotSupport},
		{"fd_renumber", []uint64{1, 3}, wasiBadFile},
		{"fd_seek", []uint64{1, 0, 0, 0}, 0},
		{"fd_sync", []uint64{1}, 0},
		{"fd_tell", []uint64{1, 8}, 0},
		{"fd_tell", []uint64{4, 8}, wasiBadFile},
		{"fd_write", []uint64{1, 0, 0, 8}, 0},
		{"fd_write", []uint64{5, 0, 0, 8}, wasiBadFile},
		{"fd_write", []uint64{1, outside, 1, 8}, wasiFault},
		{"path_create_directory", []uint64{3, 0, 0}, wasiNotSupport},
		{"path_filestat_get", []uint64{3, 0, 0, 0, 0}, wasiNotSupport},
		{"path_filestat_set_times", []uint64{3, 0, 0, 0, 0, 0, 0}, wasiNotSupport},
		{"path_link", []uint64{3, 0, 0, 0, 0, 0}, wasiNotSupport},
		{"path_open", []uint64{3, 0, 0, 0, 0, 0, 0, 0, 0}, wasiNoEntry},
		{"path_readlink", []uint64{3, 0, 0, 0, 0, 8}, wasiNotSupport},
		{"path_remove_directory", []uint64{3, 0, 0}, wasiNotSupport},
		{"path_rename", []uint64{3, 0, 0, 3, 0, 0}, wasiNotSupport},
		{"path_symlink", []uint64{0, 0, 3, 0, 0}, wasiNotSupport},
		{"path_unlink_file", []uint64{3, 0, 0}, wasiNotSupport},
		{"poll_oneoff", []uint64{0, 0, 0, 8}, 0},
		{"poll_oneoff", []uint64{0, 0, 0, outside}, wasiFault},
		{"proc_exit", []uint64{1}, 0},
		{"random_get", []uint64{0, 64 << 10}, 0},
		{"random_get", []uint64{0, 64<<10 + 1}, wasiInvalid},
		{"random_get", []uint64{outside, 1}, wasiFault},
		{"sched_yield", nil, 0},
		{"sock_accept", []uint64{3, 0, 8}, wasiNotSupport},
		{"sock_recv", []uint64{3, 0, 0, 0, 8, 8}, wasiNotSupport},
		{"sock_send", []uint64{3, 0, 0, 0, 8}, wasiNotSupport},
		{"sock_shutdown", []uint64{3, 0}, wasiNotSupport},
	} {
		if got := call(tt.name, tt.args...); got != tt.want {
			t.Errorf("%s%v = %d, want %d", tt.name, tt.args, got, tt.want)
		}
	}
	if len(functions) != 45 {
		t.Errorf("%d functions of WASI, want the 45 of Envoy", len(functions))
	}
}

func TestPairs(t *testing.T) {
	list := []Header{{"a", "1"}, {"", ""}, {"b\x00c", "\xff"}}
	encoded := encodePairs(list)
	if got := decodePairs(encoded); !slices.Equal(got, list) {
		t.Errorf("decodePairs(encodePairs(%q)) = %q", list, got)
	}
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"nothing", nil},
		{"too short for a count", []byte{1, 0, 0}},
		{"a count without sizes", []byte{1, 0, 0, 0}},
		{"too many", encodePairs(make([]Header, 1025))},
		{"bytes after the end", append(slices.Clone(encoded), 0)},
		{"cut off", encoded[:len(encoded)-1]},
		{"a name without its zero byte", func() []byte {
			b := encodePairs([]Header{{"a", "b"}})
			b[13] = 'x'
			return b
		}()},
		{"a size past the end", func() []byte {
			b := encodePairs([]Header{{"a", "b"}})
			b[7] = 0xff
			return b
		}()},
		{"too large", encodePairs([]Header{{"a", strings.Repeat("x", maxPairsBytes)}})},
	} {
		if got := decodePairs(tt.in); got != nil {
			t.Errorf("%s: %q, want none", tt.name, got)
		}
	}
}

// FuzzPairs checks that whatever decodes is what would be encoded, and that
// nothing makes the decoder stumble.
func FuzzPairs(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add(encodePairs([]Header{{"name", "value"}, {"", ""}}))
	f.Fuzz(func(t *testing.T, in []byte) {
		pairs := decodePairs(in)
		if pairs == nil {
			return
		}
		if got := encodePairs(pairs); !slices.Equal(got, in) {
			t.Errorf("encodePairs(decodePairs(%q)) = %q", in, got)
		}
	})
}

func TestHeaderMap(t *testing.T) {
	m := newHeaderMap(requestMap, []Header{{"X-A", "1"}, {":method", "GET"}, {"accept", "a"}, {"x-a", "2"},
		{"Accept", "b"}, {"Host", "h"}, {"accept", ""}})
	want := []Header{{":method", "GET"}, {":authority", "h"}, {"x-a", "1"}, {"accept", "a,b"}, {"x-a", "2"}}
	if !slices.Equal(m.fields, want) {
		t.Errorf("fields %v, want %v", m.fields, want)
	}
	if v, ok := m.get("HOST"); !ok || v != "h" {
		t.Errorf("get(HOST) = %q %v, want h", v, ok)
	}
	if v, _ := m.joined("x-a"); v != "1,2" {
		t.Errorf("joined(x-a) = %q, want 1,2", v)
	}
	m.set("X-A", "3")
	m.remove("accept")
	if want := []Header{{":method", "GET"}, {":authority", "h"}, {"x-a", "3"}}; !slices.Equal(m.fields, want) {
		t.Errorf("fields %v, want %v", m.fields, want)
	}
	if got := m.byteSize(); got != 7+3+10+1+3+1 {
		t.Errorf("byteSize() = %d, want 25", got)
	}
	var none *headerMap
	if _, ok := none.get("x"); ok || none.count() != 0 || none.byteSize() != 0 || none.copyFields() != nil {
		t.Error("a map that does not exist has something in it")
	}
}

func TestClockRunsEventsInOrder(t *testing.T) {
	c := newClock(time.Unix(0, 0))
	var got []int
	add := func(n int) func() { return func() { got = append(got, n) } }
	c.after(2*time.Second, add(4))
	c.after(time.Second, add(1))
	dead := c.after(time.Second, add(9))
	c.after(time.Second, func() {
		got = append(got, 2)
		c.after(0, add(3))
		c.after(-time.Hour, add(3))
	})
	dead.cancel()
	for c.stepAny() {
	}
	if want := []int{1, 2, 3, 3, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if !c.now.Equal(time.Unix(2, 0)) {
		t.Errorf("now %v, want 2 s", c.now)
	}
}

func TestClockForgetsWhatWasCancelled(t *testing.T) {
	c := newClock(time.Unix(0, 0))
	ran := 0
	for range 100_000 {
		c.after(time.Hour, func() { t.Error("a cancelled event ran") }).cancel()
	}
	c.after(time.Minute, func() { ran++ })
	if len(c.queue) > 2000 {
		t.Errorf("%d events in the queue, want those of 100000 cancelled ones gone", len(c.queue))
	}
	for c.stepAny() {
	}
	if ran != 1 || c.dead != 0 {
		t.Errorf("ran %d, cancelled ones left %d; want 1 and 0", ran, c.dead)
	}
}

func TestServiceTarget(t *testing.T) {
	for _, tt := range []struct {
		name, in, cluster string
		targeted, ok      bool
	}{
		{"an Envoy cluster", "\x0a\x03\x0a\x01c", "c", true, true},
		{"a Google target", "\x12\x03\x0a\x01u", "", true, true},
		{"a cluster and a timeout", "\x0a\x03\x0a\x01c\x1a\x02\x08\x01", "c", true, true},
		{"no field", "", "", false, true},
		{"users", "users", "", false, true},
		{"email", "email", "", false, true},
		{"jwks", "jwks", "", false, false},
		{"cut off", "\x0a\x05\x0a", "", false, false},
	} {
		cluster, targeted, ok := serviceTarget([]byte(tt.in))
		if cluster != tt.cluster || targeted != tt.targeted || ok != tt.ok {
			t.Errorf("%s: %q %v %v, want %q %v %v", tt.name, cluster, targeted, ok, tt.cluster, tt.targeted, tt.ok)
		}
	}
}
