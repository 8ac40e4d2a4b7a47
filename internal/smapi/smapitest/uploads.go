package smapitest

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// An upload is an upload URL.
type upload struct {
	url, signature string
	expires        time.Time
	archive        []byte // nil: not uploaded yet
}

// createUpload makes an upload URL. It is on another port than the API, and its signature is its only protection.
func (a *Amazon) createUpload(c *apiCall) answer {
	if len(c.body) > 0 {
		return refuse(http.StatusBadRequest, "The request must not have a body.")
	}
	made := &upload{signature: hex.EncodeToString(randomBytes(32)), expires: a.expiry(a.options.UploadLife)}
	path := "/skill-packages/" + hex.EncodeToString(randomBytes(12)) + ".zip"
	made.url = fmt.Sprintf("%s%s?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=%d&X-Amz-Signature=%s",
		a.UploadURL, path, int(a.options.UploadLife.Seconds()), made.signature)
	a.uploads[path] = made
	a.secrets = append(a.secrets, made.url, made.signature)
	return reply(http.StatusCreated, map[string]any{
		"uploadUrl": made.url, "expiresAt": made.expires.UTC().Format("2006-01-02T15:04:05.000Z"),
	})
}

// An s3Error is an error of the host of uploads. It answers with XML.
type s3Error struct {
	status        int
	code, message string
}

func (e s3Error) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(e.status)
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>",
		e.code, e.message)
}

// serveUploads serves the host of uploads as S3 does with a presigned URL.
func (a *Amazon) serveUploads() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failure := a.storeUpload(r); failure != nil {
			failure.write(w)
		}
	})
}

func (a *Amazon) storeUpload(r *http.Request) *s3Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.uploads[r.URL.Path]
	switch {
	case len(r.TransferEncoding) > 0:
		return &s3Error{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented"}
	case r.Header.Get("Authorization") != "":
		return &s3Error{http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed"}
	case r.Header.Get("Content-Length") == "" && r.ContentLength < 0:
		return &s3Error{http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."}
	case found == nil || found.signature != r.URL.Query().Get("X-Amz-Signature") || r.Method != http.MethodPut:
		return &s3Error{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match"}
	case a.now().After(found.expires):
		return &s3Error{http.StatusForbidden, "AccessDenied", "Request has expired"}
	}
	archive, err := io.ReadAll(r.Body)
	if err != nil {
		return &s3Error{http.StatusBadRequest, "IncompleteBody", "The request body is incomplete"}
	}
	found.archive = archive
	return nil
}

// findUpload returns the archive of the location of an import.
func (a *Amazon) findUpload(location string) ([]byte, *answer) {
	path, _, _ := strings.Cut(strings.TrimPrefix(location, a.UploadURL), "?")
	found := a.uploads[path]
	var refused answer
	switch {
	case found == nil || found.url != location:
		refused = refuse(http.StatusBadRequest, "The location is not a valid upload URL.")
	case a.now().After(found.expires):
		refused = refuse(http.StatusBadRequest, "The location has expired.")
	case found.archive == nil:
		refused = refuse(http.StatusBadRequest, "There is no skill package at the location.")
	default:
		return found.archive, nil
	}
	return nil, &refused
}
