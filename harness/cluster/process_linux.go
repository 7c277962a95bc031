package cluster

import (
	"os/exec"
	"syscall"
)

// tie has the kernel end cmd when the thread that starts it ends, and gives it a group
// of its own. The signal is one that pilot-agent hears, so that it ends its Envoy too.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}

// kill ends cmd and everything it started.
func kill(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
