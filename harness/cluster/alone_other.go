//go:build !linux

package cluster

import (
	"fmt"
	"os"
)

const aloneEnv = "GATEHOUSE_CLUSTER_ALONE"

// Alone needs Linux and says so.
func Alone(func() int, []string, []string) int {
	fmt.Fprintln(os.Stderr, "cluster: a network and a root folder of its own are to be had on Linux only")
	return 1
}
