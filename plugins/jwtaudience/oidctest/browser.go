//go:build !wasip1

package oidctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromiums are the names that a headless Chromium is installed under.
var chromiums = []string{
	"chromium-headless-shell", "headless_shell", "headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
}

// FindChromium returns the path of Chromium: the CHROMIUM variable of the
// environment if it is set, else the first of its names in PATH. The error names
// the command that helps.
func FindChromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("chromium: CHROMIUM=%s: %w", path, err)
		}
		return path, nil
	}
	for _, name := range chromiums {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("chromium: not in PATH: run `make chromium`, or set CHROMIUM to a Chromium binary")
}

// Browser starts a headless Chromium with one empty tab and no cookies, for
// package chromedp, and ends it with the test. It reaches the loopback interface
// only: names that end in ".localhost" are there. Chromium needs at least one font
// to be installed.
func Browser(t testing.TB) context.Context {
	t.Helper()
	path, err := FindChromium()
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		// The sandbox needs what containers and root do not have. The pages are the
		// test's own.
		chromedp.NoSandbox,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	tab, shut := chromedp.NewContext(allocator)
	t.Cleanup(shut)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	return tab
}
