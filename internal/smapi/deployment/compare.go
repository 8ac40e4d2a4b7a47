package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/jsondiff"
)

// A DocumentChange is a difference in one document of the skill.
type DocumentChange struct {
	Document string // "manifest" or "model en-US"
	jsondiff.Change
}

// String returns the change as a line.
func (c DocumentChange) String() string {
	switch {
	case c.Path == "" && c.Old == "":
		return c.Document + ": new"
	case c.Path == "" && c.New == "":
		return c.Document + ": removed"
	case c.Old == "":
		return fmt.Sprintf("%s: %s: new: %s", c.Document, c.Path, c.New)
	case c.New == "":
		return fmt.Sprintf("%s: %s: removed: %s", c.Document, c.Path, c.Old)
	case c.Path == "":
		return c.Document + ": changed"
	}
	return fmt.Sprintf("%s: %s: %s becomes %s", c.Document, c.Path, c.Old, c.New)
}

// whole is the value of a change of a whole document.
const whole = "document"

// compareDocuments returns the differences between two states of the documents.
func compareDocuments(before, after documents) (changes []DocumentChange, err error) {
	for _, name := range documentNames(before, after) {
		first, inFirst := before[name]
		second, inSecond := after[name]
		switch {
		case !inFirst:
			changes = append(changes, DocumentChange{name, jsondiff.Change{New: whole}})
		case !inSecond:
			changes = append(changes, DocumentChange{name, jsondiff.Change{Old: whole}})
		default:
			found, err := jsondiff.Compare([]byte(first.JSON), []byte(second.JSON))
			if err != nil {
				return nil, fmt.Errorf("compare the %s: %w", name, err)
			}
			for _, change := range found {
				changes = append(changes, DocumentChange{name, change})
			}
		}
	}
	return changes, nil
}

// documentNames returns the names of all documents, sorted. "manifest" comes before the models.
func documentNames(sets ...documents) (names []string) {
	for _, set := range sets {
		names = slices.AppendSeq(names, maps.Keys(set))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isPackageFile reports whether a value names a file of the package. Amazon replaces such addresses by its own.
func isPackageFile(value string) bool { return strings.HasPrefix(value, `"file://`) }

// compareWithPackage returns the changes that the package would make to the documents at Amazon.
func compareWithPackage(remote, pkg documents) ([]DocumentChange, error) {
	changes, err := compareDocuments(remote, pkg)
	return slices.DeleteFunc(changes, func(c DocumentChange) bool { return isPackageFile(c.New) }), err
}

// isFromPackage reports whether Amazon made its document from the document of a package. Amazon may add values.
func isFromPackage(pkg, remote document) bool {
	changes, err := jsondiff.Compare([]byte(pkg.JSON), []byte(remote.JSON))
	return err == nil && !slices.ContainsFunc(changes, func(c jsondiff.Change) bool {
		return c.Old != "" && !isPackageFile(c.Old)
	})
}

// findEdits returns the differences between what Amazon had after the last import and what it has now. A run that was killed
// may have imported its package meanwhile: what such packages explain is not an edit.
func findEdits(base, now documents, sent []*content) ([]DocumentChange, error) {
	was, is := maps.Clone(base), maps.Clone(now)
	for _, name := range documentNames(base, now) {
		found, exists := now[name]
		if slices.ContainsFunc(sent, func(c *content) bool { return c != nil && c.explains(name, found, exists) }) {
			delete(was, name)
			delete(is, name)
		}
	}
	return compareDocuments(was, is)
}

// explains reports whether an import of the package made a document at Amazon, or removed it.
func (c *content) explains(name string, remote document, exists bool) bool {
	doc, sent := c.Documents[name]
	if !sent || !exists {
		return sent == exists
	}
	return isFromPackage(doc, remote)
}

// readRemote returns the documents at Amazon. It gets a model only if its version differs from the version in base.
func readRemote(ctx context.Context, client *smapi.Client, skillID string, base, pkg documents) (documents, error) {
	manifest, view, err := readManifest(ctx, client, skillID)
	if err != nil {
		return nil, err
	}
	remote := documents{manifestDocument: {manifest.ETag, string(manifest.JSON)}}
	if was := base[manifestDocument]; was.ETag != "" && was.ETag == manifest.ETag {
		remote[manifestDocument] = was // Amazon may add addresses that change with each answer
	}
	listed := documents{}
	for locale := range view.Manifest.Publishing.Locales {
		listed[modelPrefix+locale] = document{}
	}
	for _, name := range documentNames(base, pkg, listed) {
		locale, isModel := strings.CutPrefix(name, modelPrefix)
		if !isModel {
			continue
		}
		model, err := readModel(ctx, client, skillID, locale, base[name])
		if smapi.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		remote[name] = model
	}
	return remote, nil
}

func readModel(ctx context.Context, client *smapi.Client, skillID, locale string, base document) (document, error) {
	if base.ETag != "" {
		etag, err := client.ModelETag(ctx, skillID, locale)
		if err != nil {
			return document{}, err
		}
		if etag == base.ETag {
			return base, nil
		}
	}
	model, err := client.Model(ctx, skillID, locale)
	return document{model.ETag, string(model.JSON)}, err
}

// A manifestView has the parts of a manifest that this package reads.
type manifestView struct {
	Manifest struct {
		Publishing struct {
			Locales map[string]json.RawMessage `json:"locales"`
		} `json:"publishingInformation"`
		APIs struct {
			Custom struct {
				Endpoint struct {
					URI string `json:"uri"`
				} `json:"endpoint"`
			} `json:"custom"`
		} `json:"apis"`
		LastChange json.RawMessage `json:"lastUpdateRequest"` // of a status, not of a manifest
	} `json:"manifest"`
}

func (v manifestView) endpoint() string { return v.Manifest.APIs.Custom.Endpoint.URI }

// errNoManifest means that Amazon is changing the manifest, or that a new skill does not have one yet.
var errNoManifest = errors.New("the manifest is not ready at Amazon")

// readManifest gets the manifest of a skill. If the manifest is not ready, Amazon redirects to the status of the skill. The
// error is then errNoManifest.
func readManifest(ctx context.Context, client *smapi.Client, skillID string) (smapi.StoredDocument, manifestView, error) {
	var view manifestView
	manifest, err := client.Manifest(ctx, skillID)
	if err != nil {
		return manifest, view, err
	}
	var members map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(manifest.JSON, &members), json.Unmarshal(manifest.JSON, &view)); err != nil {
		return manifest, view, fmt.Errorf("read the manifest at Amazon: %w", err)
	}
	if members["manifest"] == nil || view.Manifest.LastChange != nil {
		return manifest, view, errNoManifest
	}
	return manifest, view, nil
}
