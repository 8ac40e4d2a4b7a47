package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/server/clients"
	"lastpost/internal/verify"
)

// unroutedRequests reports requests of Alexa that no endpoint answers, because the operator may have set a wrong path in
// Amazon's console.
type unroutedRequests struct {
	server     *Server
	skills     []ServedSkill
	clientAddr clients.AddrFunc
}

// reportFault reports a request that Alexa signed. It reads the body, so the caller writes the answer afterwards. The request
// passes the same checks as one to a skill's path. So a stranger can neither cause the fault nor more work than there.
func (u *unroutedRequests) reportFault(w http.ResponseWriter, r *http.Request, kind string) {
	if !looksLikeAlexa(r) {
		return // the refusal costs nothing
	}
	attrs := []slog.Attr{
		slog.String("path", clipForLog(r.URL.Path)), slog.String("method", clipForLog(r.Method)),
		slog.String("host", clipForLog(r.Host)), slog.String("client", u.clientAddr(r)),
	}
	envelope, err := u.verifyRequest(w, r)
	if err == nil {
		attrs = append(attrs, slog.String("request_id", envelope.Request.RequestID))
		err = verify.CheckTimestamp(envelope.Request.Type, string(envelope.Request.Timestamp), u.server.Now())
		applicationID := envelope.Context.System.Application.ApplicationID
		skill, known := skillByID(u.skills, applicationID)
		switch {
		case err == nil && known:
			u.server.Faults.Report(u.newFault(r, kind, skill), attrs...)
			return
		case err == nil:
			u.server.Faults.Report(unknownSkillFault(applicationID, ServedSkill{Path: r.URL.Path}), attrs...)
			return
		case known:
			u.server.Faults.Report(staleTimestampFault(skill, err), attrs...)
			return
		}
	}
	message := "no skill has this path; the request looks like Alexa's, but is not verified"
	u.server.logLookalike(r.Context(), message, append(attrs, slog.String("error", clipForLog(err.Error())))...)
}

// looksLikeAlexa reports whether a request has a header that only Alexa sends. Anyone can send it.
func looksLikeAlexa(r *http.Request) bool { return r.Header.Get("SignatureCertChainUrl") != "" }

// verifyRequest reads a request and checks that Alexa signed it.
func (u *unroutedRequests) verifyRequest(w http.ResponseWriter, r *http.Request) (*alexa.Envelope, error) {
	defer u.server.limitBody(r, u.clientAddr, maxBodyBytes)()
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if err := u.server.Verifier.VerifySignature(r.Header, body); err != nil {
		return nil, err
	}
	return alexa.Decode(body)
}

// newFault describes a genuine request for a skill that did not reach the skill's endpoint.
func (u *unroutedRequests) newFault(r *http.Request, kind string, skill ServedSkill) fault {
	if kind == faultWrongMethod {
		return newFault(kind, skill, fmt.Sprintf("Alexa's request arrived with the method %s instead of POST", quoteForLog(r.Method)),
			"Something in front of the service changes the method: configure it to forward the request unchanged, without redirects.")
	}
	const maxPaths = 10
	var paths []string
	for _, other := range u.skills[:min(len(u.skills), maxPaths)] {
		paths = append(paths, quoteForLog(other.Path))
	}
	text := fmt.Sprintf("Alexa called the path %s of the host %s, but the path of this skill is %s; the existing paths are %s",
		quoteForLog(r.URL.Path), quoteForLog(r.Host), quoteForLog(skill.Path), strings.Join(paths, ", "))
	remedy := setEndpoint(skill) + " If it is set to that already, something in front of the service changes the path."
	return newFault(kind, skill, text, remedy)
}
