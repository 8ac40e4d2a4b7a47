package verify

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Amazon's certificate bucket. A certificate URL must lead there and nowhere else.
const (
	bucketHost = "s3.amazonaws.com"
	bucketPath = "/echo.api/"
)

// parseCertificateURL gives the address of the signing certificate, put together anew from what was checked: its host is a
// constant and its path is the cleaned one, so that what is fetched cannot differ from what was checked. A query is
// dropped with the fragment: it names no other object, and would let a sender make any number of addresses of one.
func parseCertificateURL(header http.Header) (string, error) {
	raw, err := singleValue(header, "SignatureCertChainUrl")
	if err != nil {
		return "", refuse(CertificateURL, "%w", err)
	}
	u, err := url.Parse(raw)
	if err != nil {
		parse, _ := errors.AsType[*url.Error](err)
		return "", refuse(CertificateURL, "%s: %w", quoteForLog(raw), parse.Err)
	}
	switch {
	case u.Scheme != "https": // url.Parse has lowered it. Plain HTTP would let anyone on the way hand out the certificate.
		return "", refuse(CertificateURL, "%s: scheme is not https", quoteForLog(raw))
	case u.User != nil: // "https://s3.amazonaws.com@example.com/" and the like mislead readers and parsers alike.
		return "", refuse(CertificateURL, "%s: has user info", quoteForLog(raw))
	// ToLower, not EqualFold, which takes "ſ" for "s". A host of somebody else would be somebody else's certificate.
	case strings.ToLower(u.Hostname()) != bucketHost:
		return "", refuse(CertificateURL, "%s: host is not %s", quoteForLog(raw), bucketHost)
	case u.Port() != "" && u.Port() != "443":
		return "", refuse(CertificateURL, "%s: port is not 443", quoteForLog(raw))
	}
	// The decoded path, cleaned: "/echo.api/../mine/" and "/echo.api/%2e%2e/mine/" begin with the right letters and
	// lead into somebody else's bucket.
	clean := path.Clean(u.Path)
	if !strings.HasPrefix(clean, bucketPath) {
		return "", refuse(CertificateURL, "%s: path is not below %s", quoteForLog(raw), bucketPath)
	}
	return (&url.URL{Scheme: "https", Host: bucketHost, Path: clean}).String(), nil
}

// quoteForLog quotes a sender's text for the log and keeps it from filling the disk.
func quoteForLog(raw string) string {
	return fmt.Sprintf("%.200q", raw)
}
