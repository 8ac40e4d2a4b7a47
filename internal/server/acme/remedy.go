package acme

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/mholt/acmez/v3/acme"
)

// remedyFor returns the remedy if a CA has not issued a certificate for domain. hasEAB is true if the account has an external
// account binding. RFC 8555, section 6.7, defines the problem types.
func remedyFor(err error, domain string, hasEAB bool) string {
	problem, ok := errors.AsType[acme.Problem](err)
	if !ok {
		return localRemedy(err, domain)
	}
	problem = mainProblem(problem)
	_, validation := problem.Resource.(acme.Authorization)
	account := strings.Contains(err.Error(), "registering account")
	if account && hasEAB && problem.Type != acme.ProblemTypeRateLimited && problem.Status < http.StatusInternalServerError {
		return "compare tls.eab_key_id and the key in tls.eab_key_file with the values from the CA: each may be valid for only one account"
	}
	switch problem.Type {
	case acme.ProblemTypeConnection:
		return "let TCP port 443 of " + domain + " through to this service, from everywhere: firewall, security group and " +
			"port forwarding; and check that its A and AAAA records point to this machine"
	case acme.ProblemTypeTLS:
		return "let TLS on port 443 of " + domain + " through to this service unchanged; if a proxy uses this port, " +
			"get the certificate there and set tls.mode to off"
	case acme.ProblemTypeDNS:
		return "give " + domain + " an A or AAAA record with this machine's address, and wait until DNS servers know it"
	case acme.ProblemTypeRateLimited:
		return "wait " + rateLimitEnd(problem.Detail) + "restarting does not help; for tests set tls.directory to the CA's staging"
	case acme.ProblemTypeExternalAccountRequired:
		return "ask the CA for the key of an external account binding, and set tls.eab_key_id and tls.eab_key_file"
	case acme.ProblemTypeCAA:
		return "add this CA to the CAA records of " + domain + " and of its parent domains, or remove these records"
	case acme.ProblemTypeRejectedIdentifier:
		return "this CA does not issue certificates for " + domain + ": choose another name in tls.domains, or another CA in tls.directory"
	case acme.ProblemTypeInvalidContact, acme.ProblemTypeUnsupportedContact:
		return "set tls.email to an address that the CA accepts, or remove it"
	case acme.ProblemTypeUserActionRequired:
		return strings.TrimSpace("do what the CA requires at " + problem.Instance)
	}
	if validation && (problem.Type == acme.ProblemTypeUnauthorized || problem.Type == acme.ProblemTypeIncorrectResponse) {
		return "point the A and AAAA records of " + domain + " only to this machine, " +
			"and check that nothing in between answers on port 443: another server seems to answer"
	}
	if validation {
		return "check that the A and AAAA records of " + domain + " point to this machine, and that TCP port 443 is open"
	}
	if problem.Status >= http.StatusInternalServerError {
		return "wait: the CA has an internal error; the service tries again"
	}
	return "see the CA's error, or set tls.directory to another CA"
}

// mainProblem returns the first subproblem of problem, or problem itself if it has no subproblems. An order has one domain,
// so the CA sends at most one subproblem.
func mainProblem(problem acme.Problem) acme.Problem {
	for _, sub := range problem.Subproblems {
		if sub.Type != "" {
			found := sub.Problem
			found.Status, found.Resource = problem.Status, problem.Resource
			return found
		}
	}
	return problem
}

// retryAfterPattern finds the time when a rate limit ends in Let's Encrypt's message.
var retryAfterPattern = regexp.MustCompile(`(?i)retry after (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d ?(?:UTC|Z)?)`)

func rateLimitEnd(detail string) string {
	if found := retryAfterPattern.FindStringSubmatch(detail); found != nil {
		return "until " + strings.TrimSpace(found[1]) + ": "
	}
	return "until the CA's limit ends: "
}

// localRemedy returns the remedy for an error that does not come from the CA.
func localRemedy(err error, domain string) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "this system does not trust the certificate of the CA's server: check tls.directory, " +
			"and set SSL_CERT_FILE to the roots of a private CA"
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok || errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "storage") {
		return "check that data_dir can be read and written, and that its disk is not full"
	}
	if errors.Is(err, errUnusableFiles) {
		return "remove the folders named " + domain + " below acme/certificates in data_dir, " +
			"and reload the service: it gets another certificate"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "check that this machine can resolve the name of the CA, and that tls.directory is right"
	}
	_, request := errors.AsType[*url.Error](err)
	_, network := errors.AsType[net.Error](err)
	if request || network {
		return "let this service reach the CA over HTTPS: outgoing firewall, HTTPS_PROXY, and tls.directory if it is set"
	}
	return "see the log at level debug"
}

// briefError returns the CA's error without the domain and the CA's URLs.
func briefError(err error) string {
	problem, ok := errors.AsType[acme.Problem](err)
	if !ok {
		return err.Error()
	}
	problem = mainProblem(problem)
	return fmt.Sprintf("%s: %s", strings.TrimPrefix(problem.Type, acme.ProblemTypeNamespace), problem.Detail)
}
