package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// aloneEnv says that this process is on a network and a root folder of its own.
const aloneEnv = "GATEHOUSE_CLUSTER_ALONE"

// Alone runs run, such as testing.M's Run, in a copy of this process that has a network of
// its own, with a loopback interface and nothing else, and a root folder of its own, in
// which hosts are names of 127.0.0.1 and folders (of "/", such as "/certs") are there and
// empty. What it returns is what a process exits with. Everything else of the machine is
// as it was: files are the same, ports that are taken are free, and nothing of it is left
// afterwards.
//
// It is for programs with names and ports that no flag changes. It takes root. Without
// it a user namespace is tried (user_namespaces(7)), in which Envoy Gateway was not seen
// to become ready.
func Alone(run func() int, hosts, folders []string) int {
	if os.Getenv(aloneEnv) == "" {
		return outside()
	}
	if err := settle(os.Getenv(aloneEnv), hosts, folders); err != nil {
		fmt.Fprintln(os.Stderr, "cluster: a network and a root folder of its own:", err)
		return 1
	}
	return run()
}

// outside starts this program anew in namespaces of its own, and waits for it.
func outside() int {
	root, err := os.MkdirTemp("", "gatehouse-root-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		return 1
	}
	defer os.Remove(root) // what is mounted there is not there for us
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), aloneEnv+"="+root)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "cluster: a network and mounts of its own, which take root (CAP_SYS_ADMIN) or user namespaces:", err)
		return 1
	}
	return 0
}

// settle makes root, an empty folder, the root folder of this process: all that "/" has,
// and what is asked for besides.
func settle(root string, hosts, folders []string) error {
	if err := upLoopback(); err != nil {
		return err
	}
	// Nothing that is mounted from here on is seen from outside.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("%s: %w", root, err)
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		from, to := "/"+entry.Name(), filepath.Join(root, entry.Name())
		switch {
		case entry.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(from)
			if err != nil {
				return err
			}
			if err := os.Symlink(target, to); err != nil {
				return err
			}
		case entry.IsDir():
			if err := os.Mkdir(to, 0o755); err != nil {
				return err
			}
			if err := syscall.Mount(from, to, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}
		}
	}
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			return err
		}
	}
	text, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return err
	}
	own := filepath.Join(root, ".hosts")
	if err := os.WriteFile(own, append(text, "\n127.0.0.1 "+strings.Join(hosts, " ")+"\n"...), 0o644); err != nil {
		return err
	}
	if err := syscall.Mount(own, filepath.Join(root, "etc/hosts"), "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("/etc/hosts: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := syscall.Chroot(root); err != nil {
		return err
	}
	return os.Chdir(dir)
}

// upLoopback starts the loopback interface, which a new network has but down
// (netdevice(7), SIOCSIFFLAGS).
func upLoopback() error {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(s)
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("loopback interface: %w", errno)
	}
	return nil
}
