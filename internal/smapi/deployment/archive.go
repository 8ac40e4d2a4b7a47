package deployment

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"lastpost/internal/skillpkg"
)

// The paths of a package. Amazon's archive has the files of the package folder at its root.
const (
	packageFolder = "skill-package/"
	manifestFile  = "skill.json"
	modelFolder   = "interactionModels/custom"
)

// The names of documents in texts and in the state file.
const (
	manifestDocument = "manifest"
	modelPrefix      = "model "
)

// A document is a manifest or a model, with its version at Amazon.
type document struct {
	ETag string `json:"etag,omitempty"`
	JSON string `json:"json"` // a string, so that the state file keeps its bytes
}

// documents are the manifest and the models of a skill, by the name of the document.
type documents map[string]document

// content is what a package makes of a skill.
type content struct {
	Hash      string    `json:"hash"` // of all files of the package
	Documents documents `json:"documents"`
}

// newContent returns the content of a package, and its files as Amazon expects them.
func newContent(files []skillpkg.File) (*content, []skillpkg.File, error) {
	c := &content{Documents: documents{}}
	var inPackage []skillpkg.File
	for _, file := range files {
		name, ok := strings.CutPrefix(file.Name, packageFolder)
		if !ok {
			continue // the files of Amazon's own tool: Amazon refuses them
		}
		inPackage = append(inPackage, skillpkg.File{Name: name, Content: file.Content})
		switch dir, base := path.Split(name); {
		case name == manifestFile:
			c.Documents[manifestDocument] = document{JSON: string(file.Content)}
		case dir == modelFolder+"/":
			c.Documents[modelPrefix+strings.TrimSuffix(base, ".json")] = document{JSON: string(file.Content)}
		}
	}
	if _, ok := c.Documents[manifestDocument]; !ok {
		return nil, nil, errors.New("the package does not contain " + packageFolder + manifestFile)
	}
	slices.SortFunc(inPackage, func(a, b skillpkg.File) int { return strings.Compare(a.Name, b.Name) })
	c.Hash = hashFiles(inPackage)
	return c, inPackage, nil
}

// hashFiles returns a hash of the names and contents of files.
func hashFiles(files []skillpkg.File) string {
	hash := sha256.New()
	for _, file := range files {
		for _, part := range [][]byte{[]byte(file.Name), file.Content} {
			_, _ = hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // never fails
			_, _ = hash.Write(part)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// zipFiles returns the archive for Amazon. The same files give the same bytes.
func zipFiles(files []skillpkg.File) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, file := range files {
		// Times before 1980 do not exist in archives.
		header := &zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(0o644)
		w, err := archive.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(file.Content); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}

// hashText returns a hash of a setting. "" stands for a setting that does not exist.
func hashText(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
