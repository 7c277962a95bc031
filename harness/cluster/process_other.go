//go:build !linux

package cluster

import "os/exec"

// tie does nothing: only Linux ties a process to its parent. Stop ends it everywhere.
func tie(*exec.Cmd) {}

func kill(cmd *exec.Cmd) { cmd.Process.Kill() }
