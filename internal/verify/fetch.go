package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"time"

	"lastpost/internal/durable"
)

// FetchTimeout is the longest that one fetch of a certificate chain takes. Alexa gives up on an answer after some 8 s,
// of which reading the request may take a part.
const FetchTimeout = 2500 * time.Millisecond

// maxFileSize is the size of the largest certificate file in bytes; Amazon's have less than 10 KiB.
const maxFileSize = 64 << 10

// fetchFile gets a certificate file from the bucket. It follows no redirect: the address was checked, another is not.
func (v *Verifier) fetchFile(url string) ([]byte, error) {
	client := http.Client{
		Transport:     v.Transport,
		Timeout:       FetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Get(url)
	if err != nil {
		failed, _ := errors.AsType[*neturl.Error](err) // which would repeat the URL, however long
		return nil, refuse(CertificateFetch, "%w", failed.Err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, refuse(CertificateFetch, "%w %d", errBadStatus, response.StatusCode)
	}
	file, err := readBounded(response.Body)
	if err != nil {
		return nil, refuse(CertificateFetch, "%w", err)
	}
	return file, nil
}

// errBadStatus is a definite answer of the bucket's that is no certificate.
var errBadStatus = errors.New("the bucket answered with status")

func readBounded(r io.Reader) ([]byte, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if len(file) > maxFileSize {
		err = fmt.Errorf("larger than %d bytes", maxFileSize)
	}
	return file, err
}

// loadChain reads a chain that an earlier run kept, and validates it as if it had just been fetched: whoever can write to
// the folder can put no certificate there that the bucket could not have handed out.
func (v *Verifier) loadChain(url string, now time.Time) (*chain, error) {
	if v.Dir == "" {
		return nil, os.ErrNotExist
	}
	content, err := readRegularFile(v.chainFile(url))
	if err != nil {
		return nil, err
	}
	return parseChain(content, v.Roots, now)
}

// readRegularFile reads a file, and nothing that only looks like one: a pipe would hold the request and all that wait with it.
func readRegularFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileSize {
		return nil, fmt.Errorf("%s is no file, or has more than %d bytes", name, maxFileSize)
	}
	return os.ReadFile(name)
}

// saveFile keeps a validated file for the next start. The folder grows by one file of a few KiB whenever Amazon changes its
// certificate's name.
func (v *Verifier) saveFile(url string, content []byte) error {
	if v.Dir == "" {
		return nil
	}
	if err := durable.Replace(v.chainFile(url), content, 0o600); err != nil {
		return fmt.Errorf("keep the certificate chain for the next start: %w", err)
	}
	return nil
}

// chainFile names the file of a chain by the hash of its URL, which is the sender's text and no file name.
func (v *Verifier) chainFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return filepath.Join(v.Dir, hex.EncodeToString(sum[:16])+".pem")
}
