package envoy

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel kill cmd when the thread that starts it ends.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
