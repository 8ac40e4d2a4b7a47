// Package jsondiff lists the differences between two JSON documents. It does not change documents.
package jsondiff

// A Change is a difference between two documents. A value that is "" does not exist.
type Change struct {
	Path     string // such as manifest.publishingInformation.locales.en-US.name
	Old, New string // JSON, shortened
}

// Compare returns the differences between two JSON documents, sorted by path.
func Compare(old, new []byte) ([]Change, error) { return nil, nil }
