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

// remedyFor says what to do where a CA has not issued a certificate for domain. bound is whether the account is bound to
// one that the CA knows. What a type means stands in RFC 8555, section 6.7.
func remedyFor(err error, domain string, hasEAB bool) string {
	problem, ok := errors.AsType[acme.Problem](err)
	if !ok {
		return localRemedy(err, domain)
	}
	problem = mainProblem(problem)
	_, validation := problem.Resource.(acme.Authorization)
	account := strings.Contains(err.Error(), "registering account")
	if account && hasEAB && problem.Type != acme.ProblemTypeRateLimited && problem.Status < http.StatusInternalServerError {
		return "compare tls.eab_key_id and the key in tls.eab_key_file with what the CA gave you: each may be good for one account only"
	}
	switch problem.Type {
	case acme.ProblemTypeConnection:
		return "let TCP port 443 of " + domain + " through to this service, from everywhere: firewall, security group and " +
			"port forwarding; and see that its A and AAAA records are this machine's"
	case acme.ProblemTypeTLS:
		return "let TLS on port 443 of " + domain + " through to this service as it is; where a proxy has that port, " +
			"get the certificate there and set tls.mode to off"
	case acme.ProblemTypeDNS:
		return "give " + domain + " an A or AAAA record with this machine's address, and wait until it is known"
	case acme.ProblemTypeRateLimited:
		return "wait " + rateLimitEnd(problem.Detail) + "restarting does not help; to try things out set tls.directory to the CA's staging"
	case acme.ProblemTypeExternalAccountRequired:
		return "ask the CA for the key of an external account binding, and set tls.eab_key_id and tls.eab_key_file"
	case acme.ProblemTypeCAA:
		return "add this CA to the CAA records of " + domain + " and of the names above it, or take them away"
	case acme.ProblemTypeRejectedIdentifier:
		return "this CA gives no certificate for " + domain + ": choose another name in tls.domains, or another CA in tls.directory"
	case acme.ProblemTypeInvalidContact, acme.ProblemTypeUnsupportedContact:
		return "set tls.email to an address that the CA takes, or leave it out"
	case acme.ProblemTypeUserActionRequired:
		return strings.TrimSpace("do what the CA asks for " + problem.Instance)
	}
	if validation && (problem.Type == acme.ProblemTypeUnauthorized || problem.Type == acme.ProblemTypeIncorrectResponse) {
		return "point the A and AAAA records of " + domain + " to this machine and nowhere else, " +
			"and let nothing in between answer on port 443: another server seems to"
	}
	if validation {
		return "see that the A and AAAA records of " + domain + " are this machine's, and that TCP port 443 is open there"
	}
	if problem.Status >= http.StatusInternalServerError {
		return "wait: the CA has a fault of its own; it is asked again"
	}
	return "see what the CA says of it; tls.directory names another one"
}

// mainProblem is the problem that matters of several: they differ by the identifier, of which we have one.
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

// retryAfterPattern finds where Let's Encrypt says how long its limit holds.
var retryAfterPattern = regexp.MustCompile(`(?i)retry after (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d ?(?:UTC|Z)?)`)

func rateLimitEnd(detail string) string {
	if found := retryAfterPattern.FindStringSubmatch(detail); found != nil {
		return "until " + strings.TrimSpace(found[1]) + ": "
	}
	return "until the CA's limit ends: "
}

// localRemedy is for what no CA has said.
func localRemedy(err error, domain string) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the CA's server shows a certificate that this system does not trust: check tls.directory, " +
			"and let SSL_CERT_FILE name the roots of a CA of your own"
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok || errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "storage") {
		return "see that data_dir can be read and written, and that its disk has room"
	}
	if errors.Is(err, errUnusableFiles) {
		return "remove the folders named " + domain + " below acme/certificates in data_dir, " +
			"and reload the service: it gets another certificate"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "see that this machine can resolve the name of the CA, and that tls.directory is right"
	}
	_, request := errors.AsType[*url.Error](err)
	_, network := errors.AsType[net.Error](err)
	if request || network {
		return "let this service reach the CA over HTTPS: outgoing firewall, HTTPS_PROXY, and tls.directory where it is set"
	}
	return "see the lines of level debug"
}

// briefError leaves out of a failure what the line says already, and the addresses of the CA's interface.
func briefError(err error) string {
	problem, ok := errors.AsType[acme.Problem](err)
	if !ok {
		return err.Error()
	}
	problem = mainProblem(problem)
	return fmt.Sprintf("%s: %s", strings.TrimPrefix(problem.Type, acme.ProblemTypeNamespace), problem.Detail)
}
