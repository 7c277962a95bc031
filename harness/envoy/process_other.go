//go:build !linux

package envoy

import "os/exec"

// endWithParent does nothing: only Linux ties a process to its parent. Stop
// ends Envoy everywhere.
func endWithParent(*exec.Cmd) {}
