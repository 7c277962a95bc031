//go:build !wasip1

package ratelimittest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Command sends Redis one command and returns its answer as text: a string, an
// integer in decimal, or the elements of a list in lines. A nil is "". It waits a
// second at most.
func (s *Stack) Command(args ...string) (string, error) {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(s.host, strconv.Itoa(s.redis)), time.Second)
	if err != nil {
		return "", fmt.Errorf("redis: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(conn, b.String()); err != nil {
		return "", fmt.Errorf("redis: %w", err)
	}
	answer, err := readReply(bufio.NewReader(conn))
	if err != nil {
		return "", fmt.Errorf("redis: %s: %w", args[0], err)
	}
	return answer, nil
}

// readReply reads one reply of the Redis serialization protocol, version 2.
func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("empty reply")
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+', ':':
		return rest, nil
	case '-':
		return "", fmt.Errorf("%s", rest)
	}
	n, err := strconv.Atoi(rest)
	switch {
	case err != nil || kind != '$' && kind != '*':
		return "", fmt.Errorf("reply: %q", line)
	case n < 0:
		return "", nil
	case kind == '$':
		b := make([]byte, n+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return "", err
		}
		return string(b[:n]), nil
	}
	lines := make([]string, n)
	for i := range lines {
		if lines[i], err = readReply(r); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}
