package verifytest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// CertificateURL is where a signer's certificate lies unless it says otherwise: of the shape of Amazon's own.
const CertificateURL = "https://s3.amazonaws.com/echo.api/echo-api-cert.pem"

// A Bucket stands in for Amazon's certificate bucket, as the transport of an HTTP client. Its zero value is empty, and
// answers 404. It may be used from any number of goroutines.
type Bucket struct {
	// Before is called at each fetch, to wait or to fail; nil: nothing.
	Before func(*http.Request) error

	mu      sync.Mutex
	objects map[string][]byte
	fetches int
}

// Put lays an object at a URL.
func (b *Bucket) Put(url string, object []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = make(map[string][]byte)
	}
	b.objects[url] = object
}

// Get gives the object at a URL; false where there is none.
func (b *Bucket) Get(url string) (object []byte, found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, found = b.objects[url]
	return object, found
}

// Remove takes the object at a URL away.
func (b *Bucket) Remove(url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, url)
}

// Fetches counts the requests so far.
func (b *Bucket) Fetches() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fetches
}

// RoundTrip answers a fetch.
func (b *Bucket) RoundTrip(request *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.fetches++
	object, found := b.objects[request.URL.String()]
	b.mu.Unlock()
	if b.Before != nil {
		if err := b.Before(request); err != nil {
			return nil, err
		}
	}
	status := http.StatusOK
	if !found {
		status = http.StatusNotFound
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode: status,
		Header:     http.Header{},
		Body:       io.NopCloser(bytes.NewReader(object)),
		Request:    request,
	}, nil
}
