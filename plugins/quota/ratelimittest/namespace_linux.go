package ratelimittest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// namespace is a network namespace that is joined to the machine's by one link.
// It lives as long as its process, which ends when the test does, and the link
// goes with it.
type namespace struct {
	holder *exec.Cmd
	stdin  io.Closer
	// address is that of the far end of the link.
	address string
}

// farEnd is what the link is called inside.
const farEnd = "far"

// newNamespace makes a namespace. It needs root, or the capabilities CAP_SYS_ADMIN
// and CAP_NET_ADMIN.
func newNamespace() (n *namespace, err error) {
	for _, tool := range []string{"ip", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w, and iproute2 and util-linux: %w", errNoNamespace, err)
		}
	}
	// It reads until the test is gone, whichever way.
	n = &namespace{holder: exec.Command("cat")}
	n.holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if n.stdin, err = n.holder.StdinPipe(); err != nil {
		return nil, err
	}
	if err := n.holder.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoNamespace, err)
	}
	// 198.18.0.0/15 is for tests of networks (RFC 2544): no route of a machine
	// leads there. Of each four addresses the middle two are hosts.
	net := rand.IntN(1 << 15)
	at := func(host int) string {
		return fmt.Sprintf("198.%d.%d.%d", 18+net>>14, net>>6&0xff, net&0x3f<<2+host)
	}
	n.address = at(2)
	near := "gh" + strconv.FormatInt(int64(n.holder.Process.Pid), 36)
	pid := strconv.Itoa(n.holder.Process.Pid)
	for _, command := range []*exec.Cmd{
		exec.Command("ip", "link", "add", near, "type", "veth", "peer", "name", farEnd, "netns", pid),
		exec.Command("ip", "addr", "add", at(1)+"/30", "dev", near),
		exec.Command("ip", "link", "set", near, "up"),
		n.command("ip", "addr", "add", n.address+"/30", "dev", farEnd),
		n.command("ip", "link", "set", "lo", "up"),
		n.command("ip", "link", "set", farEnd, "up"),
	} {
		if out, err := command.CombinedOutput(); err != nil {
			n.close()
			return nil, fmt.Errorf("%w: %s: %w: %s", errNoNamespace, strings.Join(command.Args, " "), err, out)
		}
	}
	return n, nil
}

// command is a command that runs inside.
func (n *namespace) command(path string, args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", strconv.Itoa(n.holder.Process.Pid), "-n", "--", path}, args...)...)
}

// cut takes the link down from inside, or up again: the machine keeps its route,
// so that what it sends finds no other way out.
func (n *namespace) cut(down bool) error {
	state := "up"
	if down {
		state = "down"
	}
	command := n.command("ip", "link", "set", farEnd, state)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("ratelimittest: %s: %w: %s", strings.Join(command.Args, " "), err, out)
	}
	return nil
}

// close ends the namespace, once every process in it has ended.
func (n *namespace) close() {
	n.stdin.Close()
	n.holder.Wait()
}
