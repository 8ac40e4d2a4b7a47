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

// recordFile is a file beside the package with the hashes of the files that Write last wrote. It distinguishes the
// owner's changes from generated content. Amazon does not import it.
const recordFile = ".skill-package.json"

// record maps the name of each file to the SHA-256 of the content that was last written.
type record map[string]string

// matches reports whether the file was last written with this content.
func (r record) matches(name string, content []byte) bool { return r[name] == contentDigest(content) }

func contentDigest(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// readRecord reads the record of a folder. It returns an empty record if there is none.
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
		return nil, fmt.Errorf("%s: %w: remove it. All existing files then count as changed by the owner", name, err)
	}
	return r, nil
}

// writeRecord stores the hashes of the package, except the states file, which belongs to Amazon's tool.
func writeRecord(dir string, files []File) error {
	r := record{}
	for _, f := range files {
		if f.Name != statesFile {
			r[f.Name] = contentDigest(f.Content)
		}
	}
	return replaceFile(filepath.Join(dir, recordFile), encodeJSON(r))
}
