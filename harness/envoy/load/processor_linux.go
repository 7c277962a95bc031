package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ProcessorTime sums the time that all threads of some processes have run. It
// comes from schedstat, which counts nanoseconds, where stat counts ticks of 10 ms.
func ProcessorTime(pids ...int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil || len(tasks) == 0 {
			return 0, fmt.Errorf("load: no threads of process %d in /proc: want Linux with schedstat", pid)
		}
		for _, task := range tasks {
			content, err := os.ReadFile(task)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
				continue // the thread has ended
			}
			if err != nil {
				return 0, fmt.Errorf("load: %w", err)
			}
			first, _, _ := strings.Cut(string(content), " ")
			n, err := strconv.ParseInt(first, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("load: %s: %w", task, err)
			}
			sum += time.Duration(n)
		}
	}
	return sum, nil
}

// Used returns the time that the threads of a process ran while f did.
func Used(pid int, f func() error) (time.Duration, error) {
	before, err := ProcessorTime(pid)
	if err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	after, err := ProcessorTime(pid)
	return after - before, err
}
