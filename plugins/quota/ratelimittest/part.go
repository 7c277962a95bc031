//go:build !wasip1

package ratelimittest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a part may take to be ready: the machine may be busy.
const patience = time.Minute

// Part is a process that can be ended and started again on the same port.
type Part struct {
	name    string
	command func() *exec.Cmd
	// ready tells whether the part answers.
	ready func(ctx context.Context) error

	mu     sync.Mutex // guards cmd and done
	cmd    *exec.Cmd
	done   chan struct{}
	output tail
}

// Start starts the part and returns when it answers. A part that runs is left
// alone.
func (p *Part) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return nil
	}
	cmd, done := p.command(), make(chan struct{})
	endWithParent(cmd)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	started := make(chan error)
	go func() {
		defer close(done)
		// The signal that ends a part with its parent is bound to the thread.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.cmd, p.done = cmd, done
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return fmt.Errorf("%s: ended before it was ready: %v:\n%s", p.name, cmd.ProcessState, p.output.String())
		case <-ctx.Done():
			return fmt.Errorf("%s: not ready: %w:\n%s", p.name, err, p.output.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *Part) running() bool {
	if p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Kill ends the part at once (SIGKILL) and waits until it is gone.
func (p *Part) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Kill(); err != nil && p.running() {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	<-p.done
	return nil
}

// Pause stops the part where it is (SIGSTOP): it keeps its connections and the
// kernel takes new ones for it, and nothing is answered.
func (p *Part) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	// On a busy machine its threads go on for some milliseconds.
	for began := time.Now(); !p.stopped(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			return fmt.Errorf("%s: not stopped after %v", p.name, patience)
		}
	}
	return nil
}

// stopped tells whether all threads of the part are stopped, as Linux has it in
// /proc/PID/task/TID/stat: "TID (name) T …".
func (p *Part) stopped() bool {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	if err != nil || len(stats) == 0 {
		return true // where there is no such file system
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if _, state, ok := strings.Cut(string(text), ") "); err == nil && ok && state[0] != 'T' {
			return false
		}
	}
	return true
}

// Resume lets it go on (SIGCONT): what came meanwhile is answered then.
func (p *Part) Resume() error { return p.signal(syscall.SIGCONT) }

func (p *Part) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return fmt.Errorf("%s: %v: not running", p.name, s)
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%s: %v: %w", p.name, s, err)
	}
	return nil
}

// PID is the process id, 0 if the part does not run.
func (p *Part) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return 0
	}
	return p.cmd.Process.Pid
}

// Output returns the end of what the part has printed.
func (p *Part) Output() string { return p.output.String() }

// tail keeps the last bytes that were written.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailSize = 1 << 16

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.Clone(t.kept))
}

// errNoNamespace is why there is no network namespace.
var errNoNamespace = errors.New("a network namespace needs Linux and root")
