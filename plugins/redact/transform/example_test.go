package transform_test

import (
	"fmt"

	"gatehouse/plugins/redact/transform"
)

// A value becomes a token that only the holder of its key can reveal; the key has
// been followed by another since.
func Example() {
	retired, err := transform.ParseKey("2025", "a secret that should be random: 1")
	if err != nil {
		panic(err)
	}
	current, err := transform.ParseKey("2026", "a secret that should be random: 2")
	if err != nil {
		panic(err)
	}
	token := func(current transform.Key, retired ...transform.Key) transform.Reversible {
		ring, err := transform.NewKeyring(current, retired...)
		if err != nil {
			panic(err)
		}
		t, err := transform.NewToken(ring, "customer.email")
		if err != nil {
			panic(err)
		}
		return t
	}
	before, after := token(retired), token(current, retired)

	made, err := before.Apply(nil, []byte("alice@example.com"), "")
	fmt.Printf("%s… %v\n", made[:12], err)
	again, err := after.Apply(nil, made, "")
	fmt.Println(string(again) == string(made), err)
	value, err := after.Reveal(nil, made, "")
	fmt.Println(string(value), err)
	// Output:
	// tok:2025:0SB… <nil>
	// true <nil>
	// alice@example.com <nil>
}
