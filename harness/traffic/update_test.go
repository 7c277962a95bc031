package traffic

import (
	"fmt"
	"os"
	"reflect"
	"testing"
)

func TestSetWants(t *testing.T) {
	get := "-- request --\nGET / HTTP/1.1\n"
	tests := []struct{ name, before, after string }{
		{"adds one at the end", "why\n" + get, "why\n" + get + "-- want --\nw0\n"},
		{"adds a newline before it", "-- request --\nGET / HTTP/1.1", get + "-- want --\nw0\n"},
		{"replaces the text alone", get + "-- want --\nold\nold\n-- request --\nGET /2 HTTP/1.1\n", get + "-- want --\nw0\n-- request --\nGET /2 HTTP/1.1\n-- want --\nw1\n"},
		{"keeps a section behind it", get + "-- want --\nold\n-- upstream --\nHTTP/1.1 200 OK\n", get + "-- want --\nw0\n-- upstream --\nHTTP/1.1 200 OK\n"},
		{"exchange begins before its request", "-- exchange --\nname: a\n" + get + "-- exchange --\nname: b\n" + get, "-- exchange --\nname: a\n" + get + "-- want --\nw0\n-- exchange --\nname: b\n" + get + "-- want --\nw1\n"},
		{"section line is the last of the file", get + "-- want --", get + "-- want --\nw0\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			recording, err := ReadTxtar("x.txtar", []byte(test.before))
			if err != nil {
				t.Fatal(err)
			}
			got := SetWants([]byte(test.before), wantsFor(recording))
			if string(got) != test.after {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.after)
			}
		})
	}
}

func wantsFor(recording *Recording) (wants []string) {
	for i := range recording.Exchanges {
		wants = append(wants, fmt.Sprintf("w%d\n", i))
	}
	return wants
}

// Writing wants into an archive changes nothing of it but the wants, and writing
// them twice nothing at all.
func FuzzSetWants(f *testing.F) {
	data, err := os.ReadFile("testdata/orders.txtar")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("-- request --\nGET / HTTP/1.1\n-- want --\n-- request --\nGET / HTTP/1.1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := ReadTxtar("x", data)
		if err != nil {
			return
		}
		wants := wantsFor(before)
		written := SetWants(data, wants)
		after, err := ReadTxtar("x", written)
		if err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		if len(after.Exchanges) != len(before.Exchanges) {
			t.Fatalf("%d exchanges, want %d", len(after.Exchanges), len(before.Exchanges))
		}
		for i := range after.Exchanges {
			if got := after.Exchanges[i].Want; got == nil || *got != wants[i] {
				t.Fatalf("want of exchange %d: %v, want %q", i, got, wants[i])
			}
			after.Exchanges[i].Want, before.Exchanges[i].Want = nil, nil
			after.Exchanges[i].Line, before.Exchanges[i].Line = 0, 0
		}
		if !reflect.DeepEqual(after, before) {
			t.Fatalf("read %+v\nwant %+v", after, before)
		}
		if again := SetWants(written, wants); string(again) != string(written) {
			t.Fatalf("second write:\n%s\nfirst:\n%s", again, written)
		}
	})
}
