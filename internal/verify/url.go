package verify

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"lastpost/internal/verify/damage"
)

// Amazon's certificate bucket. A certificate URL must point into it.
const (
	bucketHost = "s3.amazonaws.com"
	bucketPath = "/echo.api/"
)

// parseCertificateURL returns the address of the signing certificate. It builds the address from checked parts: a
// constant host and the cleaned path. So the fetched address cannot differ from the checked one. It drops the query and
// the fragment: they do not select another object, but a sender could use them to bypass the cache.
func parseCertificateURL(header http.Header) (string, error) {
	raw, err := singleValue(header, "SignatureCertChainUrl", "Signature-256")
	if err != nil {
		return "", refuse(CertificateURL, "%w", err)
	}
	if explained := damage.OfURL(raw); explained != "" {
		return "", refuse(CertificateURL, "%s: %s", quoteForLog(raw), explained)
	}
	u, err := url.Parse(raw)
	if err != nil {
		parse, _ := errors.AsType[*url.Error](err)
		return "", refuse(CertificateURL, "%s: %w", quoteForLog(raw), parse.Err)
	}
	switch {
	case u.Scheme != "https": // url.Parse has lowered it. Over plain HTTP, an attacker could replace the certificate.
		return "", refuse(CertificateURL, "%s: scheme is not https", quoteForLog(raw))
	case u.User != nil: // "https://s3.amazonaws.com@example.com/" misleads readers and some parsers.
		return "", refuse(CertificateURL, "%s: has user info", quoteForLog(raw))
	// ToLower, because EqualFold equates "ſ" and "s". On another host, an attacker controls the certificate.
	case strings.ToLower(u.Hostname()) != bucketHost:
		return "", refuse(CertificateURL, "%s: host is not %s", quoteForLog(raw), bucketHost)
	case u.Port() != "" && u.Port() != "443":
		return "", refuse(CertificateURL, "%s: port is not 443", quoteForLog(raw))
	}
	// The decoded path, cleaned: "/echo.api/../mine/" and "/echo.api/%2e%2e/mine/" have the right prefix, but lead into
	// an attacker's bucket.
	clean := path.Clean(u.Path)
	if !strings.HasPrefix(clean, bucketPath) {
		return "", refuse(CertificateURL, "%s: path is not below %s", quoteForLog(raw), bucketPath)
	}
	return (&url.URL{Scheme: "https", Host: bucketHost, Path: clean}).String(), nil
}

// quoteForLog quotes a sender's text and limits its length, so that a sender cannot fill the disk with log lines.
func quoteForLog(raw string) string {
	return fmt.Sprintf("%.200q", raw)
}
