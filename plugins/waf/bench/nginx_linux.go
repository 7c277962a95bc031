package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/waf/waftest"
)

// nginxModules are where Debian has the modules of nginx.
const (
	nginxModules = "/usr/lib/nginx/modules"
	nginxHint    = "not installed: apt-get install nginx libnginx-mod-http-modsecurity"
)

const nginxConf = `
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log warn;
%[2]s
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  client_body_buffer_size 128k;
  keepalive_requests 100000000;
  keepalive_timeout 1d;
  upstream upstream { server %[3]s; keepalive 16; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:%[4]d;
    %[5]s
    location / {
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`

// startNginx starts nginx with one worker, with ModSecurity or without. It says
// what is missing, if something is.
func startNginx(ctx context.Context, dir, upstream string, filtered bool) (r *run, missing string, err error) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return nil, nginxHint, nil
		}
	}
	module := filepath.Join(nginxModules, "ngx_http_modsecurity_module.so")
	if _, err := os.Stat(module); err != nil {
		return nil, nginxHint, nil
	}
	name, prefix, modules, server := nginxPlain, filepath.Join(dir, "nginx"), "", ""
	if filtered {
		name, prefix = modSecurity, filepath.Join(dir, "modsecurity")
		modules = "load_module " + module + ";"
	}
	if err := os.Mkdir(prefix, 0o755); err != nil {
		return nil, "", err
	}
	if filtered {
		rules, err := writeRules(prefix)
		if err != nil {
			return nil, "", err
		}
		server = "modsecurity on; modsecurity_rules_file " + rules + ";"
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	conf := filepath.Join(prefix, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, prefix, modules, upstream, port, server), 0o600); err != nil {
		return nil, "", err
	}
	began := time.Now()
	cmd := exec.CommandContext(ctx, binary, "-c", conf, "-p", prefix, "-e", filepath.Join(prefix, "error.log"))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	stop := func() {
		cmd.Process.Signal(os.Interrupt)
		<-exited
	}
	fail := func(err error) (*run, string, error) {
		stop()
		log, _ := os.ReadFile(filepath.Join(prefix, "error.log"))
		return nil, "", fmt.Errorf("%s: %w\n%s%s", name, err, output.Bytes(), log)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(time.Minute); ; {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			break
		}
		select {
		case <-exited:
			return fail(errors.New("exited"))
		case <-ctx.Done():
			return fail(ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fail(errors.New("does not listen"))
		}
	}
	res := &resources{ready: time.Since(began), loadedBytes: func() (uint64, error) { return resident(cmd.Process.Pid) }}
	if res.readyCPU, err = load.ProcessorTime(cmd.Process.Pid); err != nil {
		return fail(err)
	}
	time.Sleep(bench.Settle)
	if res.idle, err = res.loadedBytes(); err != nil {
		return fail(err)
	}
	target, err := newProxy(ctx, cmd.Process.Pid, address, stop)
	if err != nil {
		return fail(err)
	}
	r = &run{name: name, target: target, blocks: filtered, resources: res}
	if filtered {
		r.base = nginxPlain
	}
	return r, "", nil
}

// freePort finds a port, which nginx cannot do itself.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// resident is the resident set of a process in bytes.
func resident(pid int) (uint64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(statm))
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize()), err
}

// directive is the beginning of one that stands at the beginning of a line.
var directive = regexp.MustCompile(`(?m)^Sec[A-Z]`)

// unsupported is a directive of the recommended configuration that ModSecurity
// refuses since 3.0.
var unsupported = regexp.MustCompile(`(?m)^SecRequestBodyInMemoryLimit.*$`)

// rulesDir is where the rules are, and the data that they name.
const rulesDir = "@owasp_crs"

// writeRules writes what the other variants have as one file and returns its
// path. ModSecurity's parser wants an empty line before each directive, and does
// not survive that a file is included in the middle.
func writeRules(dir string) (string, error) {
	data, err := fs.Sub(coreruleset.FS, rulesDir)
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, data); err != nil {
		return "", err
	}
	var all bytes.Buffer
	for line := range strings.Lines(waftest.Directives(1, true)) {
		pattern, ok := strings.CutPrefix(strings.TrimSpace(line), "Include ")
		if !ok {
			all.WriteString(line)
			continue
		}
		files, err := fs.Glob(coreruleset.FS, pattern)
		if err != nil || len(files) == 0 {
			return "", fmt.Errorf("rules: %s: %d files, %w", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(coreruleset.FS, file)
			if err != nil {
				return "", err
			}
			all.Write(text)
			all.WriteByte('\n')
		}
	}
	text := directive.ReplaceAll(unsupported.ReplaceAll(all.Bytes(), nil), []byte("\n$0"))
	path := filepath.Join(dir, "main.conf")
	return path, os.WriteFile(path, text, 0o600)
}
