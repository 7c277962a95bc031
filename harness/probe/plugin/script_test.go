package main

import (
	"slices"
	"testing"
)

func TestTheMostSpecificListWins(t *testing.T) {
	s, bad := parse("on a\none\non a#2\ntwo\non s3.a\nthree\non s3.a#2\nreturn 4\n")
	if bad != "" {
		t.Fatalf("bad line %q", bad)
	}
	tests := []struct {
		name, context string
		n             int
		want          *list
	}{
		{"any call", "s1", 1, s["a"]},
		{"the second call", "s1", 2, s["a#2"]},
		{"the third stream", "s3", 1, s["s3.a"]},
		{"the second call of the third stream", "s3", 2, s["s3.a#2"]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.lookup(tt.context, "a", tt.n); got != tt.want || got == nil {
				t.Errorf("lookup = %v, want %v", got, tt.want)
			}
		})
	}
	if got := s["s3.a#2"].returns; got != 4 {
		t.Errorf("returns = %d, want 4", got)
	}
}

func TestBrokenScriptsAreRefused(t *testing.T) {
	for _, text := range []string{"call before any on", "on a\nreturn x", `on a` + "\n" + `log 0 "open`} {
		if s, bad := parse(text); s != nil || bad == "" {
			t.Errorf("parse(%q) = %v, want a fault", text, s)
		}
	}
}

func TestArgumentsThatStandForBytes(t *testing.T) {
	tests := []struct {
		name, arg string
		want      string
		raw       bool
	}{
		{"quoted", `"a\x00\"b"`, "a\x00\"b", false},
		{"repeated", `repeat:3:"ab"`, "ababab", false},
		{"pairs", `pairs:"k","v"`, "\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00k\x00v\x00", false},
		{"a cluster", `grpc:"up"`, "\n\x04\n\x02up", false},
		{"nothing", "null", "", true},
		{"an address", "raw:0xfffffff0:8", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, _, _, raw, ok := bytesOf(tt.arg)
			if !ok || raw != tt.raw || string(data) != tt.want {
				t.Errorf("bytesOf(%s) = %q, raw %v, ok %v; want %q, %v", tt.arg, data, raw, ok, tt.want, tt.raw)
			}
		})
	}
}

func TestHeaderMapsComeBackAsTheyWent(t *testing.T) {
	fields := []string{"a", "1", "", "", "b", "\x00"}
	got, ok := unmarshal(marshal(fields))
	if !ok || !slices.Equal(got, fields) {
		t.Errorf("unmarshal = %q, %v; want %q", got, ok, fields)
	}
	if _, ok := unmarshal([]byte{9, 0, 0, 0, 1}); ok {
		t.Error("unmarshal took a map that is cut off")
	}
}
