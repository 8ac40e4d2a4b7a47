package rules

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxFileBytes limits each file of an archive.
const maxFileBytes = 8 << 20

// A Package is the content of an archive.
type Package struct {
	Manifest any               // decoded skill.json
	Models   map[string]any    // decoded, by locale
	Assets   map[string]string // SHA-256 in hex, by path
}

// OpenPackage reads an archive. An error means that the archive as a whole is refused.
func OpenPackage(archive []byte) (*Package, error) {
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, errors.New("the skill package is not a zip archive")
	}
	p := &Package{Models: map[string]any{}, Assets: map[string]string{}}
	seen := map[string]bool{}
	for _, file := range reader.File {
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		if path.Clean("/"+file.Name) != "/"+file.Name || strings.Contains(file.Name, `\`) || seen[file.Name] {
			return nil, fmt.Errorf("the skill package has the invalid or repeated path %q", file.Name)
		}
		seen[file.Name] = true
		if err := p.add(file); err != nil {
			return nil, err
		}
	}
	if p.Manifest == nil {
		return nil, errors.New("the skill package must have skill.json at its root")
	}
	return p, nil
}

// add reads one file of the archive.
func (p *Package) add(file *zip.File) error {
	content, err := readFile(file)
	if err != nil {
		return err
	}
	const models = "interactionModels/custom/"
	locale, isModel := strings.CutSuffix(strings.TrimPrefix(file.Name, models), ".json")
	switch {
	case file.Name == "skill.json":
		return decodeFile(file.Name, content, &p.Manifest)
	case isModel && strings.HasPrefix(file.Name, models):
		if !IsLocale(locale) {
			return fmt.Errorf("the skill package has the model %q of an unsupported locale", file.Name)
		}
		var model any
		err := decodeFile(file.Name, content, &model)
		p.Models[locale] = model
		return err
	case strings.HasPrefix(file.Name, "assets/"):
		sum := sha256.Sum256(content)
		p.Assets[file.Name] = hex.EncodeToString(sum[:])
		return nil
	}
	return fmt.Errorf("the skill package has the unexpected file %q", file.Name)
}

func readFile(file *zip.File) ([]byte, error) {
	reader, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("the skill package has the broken file %q", file.Name)
	}
	defer func() { _ = reader.Close() }()
	content, err := io.ReadAll(io.LimitReader(reader, maxFileBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the skill package has the broken file %q", file.Name)
	case len(content) > maxFileBytes:
		return nil, fmt.Errorf("the file %q of the skill package is too large", file.Name)
	}
	return content, nil
}

func decodeFile(name string, content []byte, into *any) error {
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("the file %q of the skill package is not valid JSON", name)
	}
	return nil
}

// ReplaceFiles replaces the file:// addresses of a decoded manifest. replace gets the path of the file.
func ReplaceFiles(value any, replace func(path string) string) any {
	switch value := value.(type) {
	case map[string]any:
		for key, element := range value {
			value[key] = ReplaceFiles(element, replace)
		}
	case []any:
		for i, element := range value {
			value[i] = ReplaceFiles(element, replace)
		}
	case string:
		if file, isFile := strings.CutPrefix(value, filePrefix); isFile {
			return replace(file)
		}
	}
	return value
}
