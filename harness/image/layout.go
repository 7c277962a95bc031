package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// refName is the annotation that gives an image of a layout its tag.
const refName = annotationOCI + "ref.name"

// Tagged is an image with its tag.
type Tagged struct {
	// Tag is its name in a repository, "" for none.
	Tag string
	*Image
}

// Layout is a set of images outside a registry, in order.
//
// See https://github.com/opencontainers/image-spec/blob/main/image-layout.md
type Layout struct {
	Images []Tagged
}

// files are the files of a layout by their names.
func (l *Layout) files() (map[string][]byte, error) {
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	all := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}
	for _, img := range l.Images {
		all[blobName(img.Digest)] = img.Raw
		_ = img.blobs(func(d v1.Descriptor, data []byte) error {
			all[blobName(d.Digest)] = data
			return nil
		})
		index.Manifests = append(index.Manifests, v1.Descriptor{
			MediaType: img.mediaType(), Size: int64(len(img.Raw)), Digest: img.Digest,
			Annotations: map[string]string{refName: img.Tag},
		})
	}
	raw, err := json.Marshal(index)
	all["index.json"] = raw
	return all, err
}

func blobName(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

// isArchive tells whether a layout with this name is one file.
func isArchive(name string) bool { return strings.HasSuffix(name, ".tar") }

// Write writes a layout: as a tar archive if the name ends in .tar, and takes the
// place of one that is there, else as a folder that must not be there yet. It is
// there in full or not at all.
func (l *Layout) Write(name string) error {
	files, err := l.files()
	if err != nil {
		return err
	}
	if isArchive(name) {
		return writeArchive(name, files)
	}
	return writeFolder(name, files)
}

func writeFolder(name string, files map[string][]byte) (err error) {
	name = filepath.Clean(name)
	if _, err := os.Lstat(name); err == nil {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	draft, err := os.MkdirTemp(filepath.Dir(name), ".layout-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	for file, data := range files {
		file = filepath.Join(draft, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(draft, 0o755); err != nil {
		return err
	}
	return os.Rename(draft, name)
}

func writeArchive(name string, files map[string][]byte) error {
	return WriteFile(name, func(out io.Writer) error {
		w := tar.NewWriter(out)
		for _, file := range slices.Sorted(maps.Keys(files)) {
			header := &tar.Header{
				Typeflag: tar.TypeReg, Name: file, Mode: 0o644, Size: int64(len(files[file])),
				ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
			}
			if err := w.WriteHeader(header); err != nil {
				return err
			}
			if _, err := w.Write(files[file]); err != nil {
				return err
			}
		}
		return w.Close()
	})
}

// WriteFile writes a file that is there in full or not at all.
func WriteFile(name string, write func(io.Writer) error) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(name), ".image-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = draft.Close()
			_ = os.Remove(draft.Name()) // what went wrong before matters more
		}
	}()
	if err := write(draft); err != nil {
		return err
	}
	if err := draft.Chmod(0o644); err != nil {
		return err
	}
	if err := draft.Close(); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}

// ReadLayout reads a layout, a folder or a tar archive, and verifies it. What is
// no image, such as an index in the index, is an error.
func ReadLayout(name string) (*Layout, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	read := func(file string, limit int64) ([]byte, error) {
		f, err := os.Open(filepath.Join(name, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readAtMost(f, limit)
	}
	if !info.IsDir() {
		files, err := readArchive(name)
		if err != nil {
			return nil, err
		}
		read = func(file string, _ int64) ([]byte, error) {
			data, ok := files[file]
			if !ok {
				return nil, fmt.Errorf("no %s in the archive: %w", file, fs.ErrNotExist)
			}
			return data, nil
		}
	}
	switch _, err := read("oci-layout", maxManifest); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("not an OCI layout: no file oci-layout")
	case err != nil:
		return nil, err
	}
	raw, err := read("index.json", maxManifest)
	if err != nil {
		return nil, err
	}
	index, err := parseIndex(raw)
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	layout := &Layout{}
	for _, d := range index.Manifests {
		raw, err := read(blobName(d.Digest), maxManifest)
		if err != nil {
			return nil, err
		}
		img, err := newImage(raw, func(d v1.Descriptor) ([]byte, error) { return read(blobName(d.Digest), d.Size) })
		if err != nil {
			return nil, err
		}
		if img.Digest != d.Digest {
			return nil, fmt.Errorf("manifest: digest %s, want %s", img.Digest, d.Digest)
		}
		layout.Images = append(layout.Images, Tagged{d.Annotations[refName], img})
	}
	if len(layout.Images) == 0 {
		return nil, errors.New("index.json: no images")
	}
	return layout, nil
}

func parseIndex(raw []byte) (*v1.IndexManifest, error) {
	index := &v1.IndexManifest{}
	return index, json.Unmarshal(raw, index)
}

// readArchive reads the files of a tar archive.
func readArchive(name string) (map[string][]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	files := map[string][]byte{}
	for archive, left := tar.NewReader(f), int64(2*maxBlob); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("not an OCI layout: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := readAtMost(archive, left)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		left -= int64(len(data))
		files[path.Clean(h.Name)] = data
	}
}

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}
