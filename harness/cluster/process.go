package cluster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait for a part: a busy machine with two cores is slow.
const patience = 3 * time.Minute

// process is a running part of a cluster: a program with what it has printed.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}

	mu    sync.Mutex
	lines []string
}

// command says what to start.
type command struct {
	// name is what the part goes by in errors and logs, path its program.
	name, path string
	args       []string
	// env are variables besides PATH and HOME.
	env []string
	// dir is the working directory, which must be there.
	dir string
}

// launch starts a program. It ends with this process.
func launch(c command) (*process, error) {
	p := &process{name: c.name, done: make(chan struct{})}
	p.cmd = exec.Command(c.path, c.args...)
	p.cmd.Dir = c.dir
	// Nothing of the caller's environment gets in: variables such as KUBECONFIG would.
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir}, c.env...)
	tie(p.cmd)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	started := make(chan error)
	go func() {
		defer close(p.done)
		// tie is about the thread that starts the process: it must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		w.Close()
		started <- err
		if err != nil {
			r.Close()
			return
		}
		p.read(r)
		p.cmd.Wait()
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cluster: %s: %w", c.name, err)
	}
	return p, nil
}

func (p *process) read(r io.ReadCloser) {
	defer r.Close()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			p.mu.Lock()
			p.lines = append(p.lines, strings.TrimRight(line, "\n"))
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// output returns what the part has printed, a line each, without the first n.
func (p *process) output(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines[min(n, len(p.lines)):]...)
}

// tail returns the last n lines as one text under the part's name, without those in which it
// says for each probe that it is not ready.
func (p *process) tail(n int) string {
	lines := slices.DeleteFunc(p.output(0), func(line string) bool {
		return strings.Contains(line, "Envoy proxy is NOT ready") || strings.Contains(line, "discovery is not ready")
	})
	return "--- " + p.name + "\n" + strings.Join(lines[max(0, len(lines)-n):], "\n") + "\n"
}

// ready waits until probe returns nil. The error says what was missing last, and what
// the part printed.
func (p *process) ready(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("cluster: %s ended before it was ready: %w\n%s", p.name, err, p.tail(30))
		case <-ctx.Done():
			return fmt.Errorf("cluster: %s is not ready: %w\n%s", p.name, err, p.tail(30))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the part and waits until it is gone.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		kill(p.cmd)
		<-p.done
	}
}
