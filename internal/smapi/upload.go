package smapi

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxUploadURLs limits the upload URLs of one upload. Another URL helps if the first has expired.
const maxUploadURLs = 3

// Upload uploads a package and returns its location for an import. The location is a secret.
func (c *Client) Upload(ctx context.Context, archive []byte) (location string, err error) {
	for range maxUploadURLs {
		location, err = c.uploadURL(ctx)
		if err != nil {
			return "", err
		}
		if err = c.put(ctx, location, archive); err == nil {
			return location, nil
		}
		if status := Status(err); status < 400 || status >= 500 || status == http.StatusRequestEntityTooLarge || ctx.Err() != nil {
			return "", err
		}
	}
	return "", err
}

// uploadURL returns a new upload URL.
func (c *Client) uploadURL(ctx context.Context) (string, error) {
	var w struct {
		UploadURL string `json:"uploadUrl"`
	}
	k := call{name: callUploadURL, method: http.MethodPost, path: "/v1/skills/uploads"}
	result, err := c.doJSON(ctx, k, &w)
	if err != nil {
		return "", err
	}
	c.masks.rememberURL(w.UploadURL)
	u, err := url.Parse(w.UploadURL)
	isSecure := err == nil && (u.Scheme == "https" || u.Scheme == "http" && c.base.Scheme == "http" && isLoopback(u.Hostname()))
	if !isSecure || u.Host == "" {
		e := c.newError(k, result)
		e.Message = "the answer does not have an https URL for the upload"
		e.Remedy = remedyBrokenAnswer
		return "", e
	}
	return w.UploadURL, nil
}

// put uploads a package to its URL, and repeats that after a temporary failure. The same content twice is harmless.
func (c *Client) put(ctx context.Context, location string, archive []byte) error {
	var waited time.Duration
	for attempt := 1; ; attempt++ {
		failed := c.putOnce(ctx, location, archive)
		if failed == nil {
			return nil
		}
		pause, more := nextPause(attempt, waited, failed.retryAfter, randomFraction())
		if !failed.temporary || !more || ctx.Err() != nil {
			return finalError(call{}, failed, attempt)
		}
		if err := c.pauseAfter(ctx, failed, pause); err != nil {
			return fmt.Errorf("%w: %w", err, finalError(call{}, failed, attempt))
		}
		waited += pause
	}
}

// putOnce sends the package. The host is not SMAPI's, so the request does not have the access token. The storage of the
// upload needs the length, and refuses a body in chunks.
func (c *Client) putOnce(ctx context.Context, location string, archive []byte) *failure {
	ctx = context.WithValue(ctx, uploadKey{}, true)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, location, bytes.NewReader(archive))
	if err != nil {
		return &failure{err: fmt.Errorf("%s: the upload URL is not a URL. %s", callUpload, remedyBrokenAnswer)}
	}
	// Amazon's own client sends this type, and the type can be part of the URL's signature.
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	result, failed := c.exchange(request, callUpload, uploadTimeout)
	if failed != nil {
		return failed
	}
	if result.status/100 == 2 && !isPage(result) {
		return nil
	}
	return c.uploadFailure(request, result)
}

// uploadFailure reads an error of the storage, which is XML, or a page of a proxy.
func (c *Client) uploadFailure(request *http.Request, a answer) *failure {
	var w struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string   `xml:"Code"`
		Message   string   `xml:"Message"`
		RequestID string   `xml:"RequestId"`
	}
	k := call{name: callUpload, method: request.Method, path: uploadAddress(request.URL)}
	failed := &failure{status: a.status, sent: true, temporary: isTemporary(a.status), retryAfter: parseRetryAfter(a.header, time.Now())}
	isPage := isPage(a)
	if isPage && xml.Unmarshal(a.body, &w) == nil {
		isPage = false
	}
	if isPage {
		return c.pageFailure(k, a)
	}
	e := c.newError(k, a)
	e.Path = k.path
	if w.Code != "" {
		e.Code, e.Message = c.clean(w.Code), c.clean(w.Message)
		if e.RequestID == "" {
			e.RequestID = c.clean(strings.TrimSpace(w.RequestID))
		}
	}
	e.Remedy = remedyOfError(e)
	failed.err = e
	return failed
}
