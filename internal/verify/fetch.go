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

// FetchTimeout limits one fetch of a certificate chain. Alexa waits about 8 s for a response, and reading the request
// uses a part of this time.
const FetchTimeout = 2500 * time.Millisecond

// maxFileSize is the maximum size of a certificate file in bytes. Amazon's files are smaller than 10 KiB.
const maxFileSize = 64 << 10

// fetchFile downloads a certificate file from the bucket. It does not follow redirects, because a redirect could lead from
// the checked url to an attacker's host.
func (v *Verifier) fetchFile(url string) ([]byte, error) {
	client := http.Client{
		Transport:     v.Transport,
		Timeout:       FetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Get(url)
	if err != nil {
		failed, _ := errors.AsType[*neturl.Error](err) // log only the wrapped error: the wrapper repeats the URL, however long
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

// errBadStatus is the error if the bucket answered, but not with a file.
var errBadStatus = errors.New("certificate bucket returned status")

func readBounded(r io.Reader) ([]byte, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if len(file) > maxFileSize {
		err = fmt.Errorf("larger than %d bytes", maxFileSize)
	}
	return file, err
}

// loadChain reads a chain that an earlier run saved, and validates it like a fetched chain. So an attacker who can write to
// Dir cannot make the service accept a forged certificate.
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

// readRegularFile reads a regular file. It refuses other kinds of files, because reading a named pipe would block the request
// forever.
func readRegularFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileSize {
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes", name, maxFileSize)
	}
	return os.ReadFile(name)
}

// saveFile saves a validated file for the next start. Dir grows by one file of a few KiB each time Amazon changes the name
// of its certificate.
func (v *Verifier) saveFile(url string, content []byte) error {
	if v.Dir == "" {
		return nil
	}
	if err := durable.Replace(v.chainFile(url), content, 0o600); err != nil {
		return fmt.Errorf("save certificate chain: %w", err)
	}
	return nil
}

// chainFile returns the path of the file for url. The file's name is a hash of url, because a sender could choose a url that
// leads outside Dir.
func (v *Verifier) chainFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return filepath.Join(v.Dir, hex.EncodeToString(sum[:16])+".pem")
}
