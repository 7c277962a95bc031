package libinjection

import "flag"

var (
	trials = flag.Int("trials", 100_000, "how many values are compared with libinjection-go")
	seed   = flag.Uint64("seed", 1, "of the values")
)
