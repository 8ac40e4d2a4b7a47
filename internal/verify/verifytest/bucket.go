package verifytest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// CertificateURL is the default URL of a signer's certificate. It has the shape of Amazon's URLs.
const CertificateURL = "https://s3.amazonaws.com/echo.api/echo-api-cert.pem"

// A Bucket replaces Amazon's certificate bucket, as the transport of an HTTP client. Its zero value is empty and answers
// 404. It is safe for concurrent use.
type Bucket struct {
	// Before is called at each fetch and can wait or return an error; nil: not called.
	Before func(*http.Request) error

	mu      sync.Mutex
	objects map[string][]byte
	fetches int
}

// Put stores an object at a URL.
func (b *Bucket) Put(url string, object []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = make(map[string][]byte)
	}
	b.objects[url] = object
}

// Get returns the object at a URL, and false if there is none.
func (b *Bucket) Get(url string) (object []byte, found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, found = b.objects[url]
	return object, found
}

// Remove deletes the object at a URL.
func (b *Bucket) Remove(url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, url)
}

// Fetches returns the number of requests so far.
func (b *Bucket) Fetches() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fetches
}

// RoundTrip answers a fetch with the stored object or 404.
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
