package skillpkg

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// recordFile lies beside the package and says what was written last, so that its owner's changes can be told from ours. It
// is no part of what is imported.
const recordFile = ".skill-package.json"

// A record is the SHA-256 of each file as it was in the package that was written last, by its name.
type record map[string]string

// matches tells whether the file was written with this content.
func (r record) matches(name string, content []byte) bool { return r[name] == contentDigest(content) }

func contentDigest(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// readRecord reads that of a folder; where there is none, nothing in it is from here.
func readRecord(dir string) (r record, err error) {
	name := filepath.Join(dir, recordFile)
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: choose another folder", err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("%s: %w: remove it, and what was written is compared with nothing", name, err)
	}
	return r, nil
}

// writeRecord notes what the package has, but for the memory of Amazon's tool, which is the tool's.
func writeRecord(dir string, files []File) error {
	r := record{}
	for _, f := range files {
		if f.Name != statesFile {
			r[f.Name] = contentDigest(f.Content)
		}
	}
	return replaceFile(filepath.Join(dir, recordFile), encodeJSON(r))
}
