// Command imagefetch fetches plugins from OCI images with Istio's own code, as
// pilot-agent does for a WasmPlugin, and says of each whether it took it. It reads
// lines of a URL and, optionally, the SHA-256 that sha256 of a WasmPlugin would have, and
// writes a line of JSON for each.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/util/sets"
	"istio.io/istio/pkg/wasm"
)

// answer is what became of a URL.
type answer struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256,omitempty"` // of the plugin
	Error  string `json:"error,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "imagefetch:", err)
		os.Exit(1)
	}
}

func run() error {
	// Standard output is for the answers.
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	if err := log.Configure(options); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "imagefetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	cache := wasm.NewLocalFileCache(folder, wasm.Options{
		PurgeInterval: time.Hour, ModuleExpiry: time.Hour, InsecureRegistries: sets.New[string](),
		HTTPRequestTimeout: time.Minute, HTTPRequestMaxRetries: 1,
	})
	defer cache.Cleanup()
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		url, checksum, _ := strings.Cut(lines.Text(), " ")
		a := answer{URL: url}
		file, err := cache.Get(url, wasm.GetOptions{
			Checksum: checksum, ResourceName: url, ResourceVersion: "1", RequestTimeout: time.Minute,
		})
		if err == nil {
			var data []byte
			data, err = os.ReadFile(file)
			a.SHA256 = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		if err != nil {
			a = answer{URL: url, Error: err.Error()}
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}
