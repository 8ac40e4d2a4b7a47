package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/faultlog"
	"lastpost/internal/server/reports"
	"lastpost/internal/verify"
)

// The kinds of faults of requests that Alexa signed. Package reports has the kinds of Amazon's reports.
const (
	faultWrongPath      = "wrong-path"
	faultWrongMethod    = "wrong-method"
	faultWrongHost      = "wrong-host"
	faultWrongSkill     = "wrong-skill"
	faultUnknownSkill   = "unknown-skill"
	faultStaleTimestamp = "stale-timestamp"
	faultBodyRewritten  = "body-rewritten"
)

type fault = faultlog.Fault

func newFault(kind string, skill ServedSkill, text, remedy string) fault {
	return fault{Kind: kind, Skill: skill.Name, Text: text, Remedy: remedy, Level: slog.LevelWarn}
}

// setEndpoint says which endpoint the operator sets for a skill.
func setEndpoint(skill ServedSkill) string {
	if skill.URL == "" {
		return fmt.Sprintf("In Amazon's console, set the path of the endpoint to %s.", skill.Path)
	}
	return fmt.Sprintf("Under Endpoint, set the endpoint in Amazon's console to %s.", skill.URL)
}

// quoteForLog quotes a text from outside and limits its length.
func quoteForLog(text string) string { return fmt.Sprintf("%.100q", text) }

func skillByID(skills []ServedSkill, applicationID string) (ServedSkill, bool) {
	i := slices.IndexFunc(skills, func(s ServedSkill) bool { return s.ApplicationID == applicationID && applicationID != "" })
	if i < 0 {
		return ServedSkill{}, false
	}
	return skills[i], true
}

// reportFaults reports what is wrong although Alexa signed the request. Requests that are not verified cannot cause faults:
// a stranger could send them. Amazon signs the requests of all skills, so the application ID must be this service's too.
func (e *endpoint) reportFaults(r *http.Request, x *requestRecord) {
	var faults []fault
	switch rule := verify.RuleOf(x.Err); {
	case x.Err == nil || rule == internalError:
		faults = append(reports.Faults(x.Request), e.wrongHostFault(r)...)
	case rule == verify.Timestamp && x.applicationID == e.skill.ApplicationID:
		faults = append(faults, staleTimestampFault(e.skill, x.Err))
	case rule == verify.ApplicationID && x.applicationID != e.skill.ApplicationID:
		faults = append(faults, e.otherSkillFault(x.applicationID))
	case verify.IsRewritten(x.Err) && e.isForThisSkill(x.Body):
		faults = append(faults, newFault(faultBodyRewritten, e.skill, "Alexa's request was refused: "+clipForLog(x.Err.Error()),
			"Configure the proxy or firewall in front of the service to forward bodies unchanged."))
	}
	for _, f := range faults {
		f.Skill = e.faultSkill(f)
		attrs := []slog.Attr{slog.String("request_id", clipForLog(x.Request.RequestID)), slog.String("type", clipForLog(x.Request.Type)),
			slog.String("client", e.clientAddr(r))}
		if token := x.Request.Token; token != "" && e.skill.EpisodeID != nil && x.Request.Type == "AudioPlayer.PlaybackFailed" {
			attrs = append(attrs, slog.String("post", clipForLog(e.skill.EpisodeID(token))))
		}
		e.server.Faults.Report(f, attrs...)
	}
}

// faultSkill returns the skill that a fault is about: this one, unless the fault names another.
func (e *endpoint) faultSkill(f fault) string {
	if f.Skill == "" {
		return e.skill.Name
	}
	return f.Skill
}

// isForThisSkill reports whether a body, whose content Alexa signed in another form, is a present request to this skill.
func (e *endpoint) isForThisSkill(body []byte) bool {
	envelope, err := alexa.Decode(body)
	return err == nil && envelope.Context.System.Application.ApplicationID == e.skill.ApplicationID &&
		verify.CheckTimestamp(envelope.Request.Type, string(envelope.Request.Timestamp), e.server.Now()) == nil
}

func staleTimestampFault(skill ServedSkill, err error) fault {
	return newFault(faultStaleTimestamp, skill, "Alexa's request was refused: "+clipForLog(err.Error()), reports.TimestampRemedy(err))
}

// otherSkillFault describes a request that Alexa signed for another skill.
func (e *endpoint) otherSkillFault(applicationID string) fault {
	skill, known := skillByID(e.server.current.Load().Skills, applicationID)
	if !known {
		return unknownSkillFault(applicationID, e.skill)
	}
	text := fmt.Sprintf("Alexa sent a request for this skill to %s, the path of the skill %s", quoteForLog(e.skill.Path), e.skill.Name)
	return newFault(faultWrongSkill, skill, text, setEndpoint(skill))
}

// unknownSkillFault describes a request for a skill that this service does not have, at a path. A stranger can cause it with a
// skill of their own.
func unknownSkillFault(applicationID string, at ServedSkill) fault {
	text := fmt.Sprintf("Alexa sent a request for the skill %s to the path %s, but no skill here has this application_id",
		quoteForLog(applicationID), quoteForLog(at.Path))
	if at.ApplicationID != "" {
		text += "; the id of this path is " + at.ApplicationID
	}
	return newFault(faultUnknownSkill, at, text, "If the skill is yours, set application_id in the configuration to this id. "+
		"If it is not yours, ignore this: another developer's skill has your address.")
}

// wrongHostFault describes a genuine request to another host name than the skill's endpoint has. It was answered, but only
// until the other name ends.
func (e *endpoint) wrongHostFault(r *http.Request) []fault {
	endpoint, err := url.Parse(e.skill.URL)
	if err != nil || endpoint.Hostname() == "" || !isPublicHost(r) {
		return nil
	}
	host := normalizeHost(r.Host)
	if strings.EqualFold(host, endpoint.Hostname()) || e.server.hasCertificateFor(host) {
		return nil
	}
	text := fmt.Sprintf("Alexa called the host %s, but the host of this service is %s; the request was answered",
		quoteForLog(r.Host), endpoint.Hostname())
	remedy := setEndpoint(e.skill) + " If it is set to that already, the proxy in front of the service changes Host."
	f := newFault(faultWrongHost, e.skill, text, remedy)
	f.Level = slog.LevelInfo
	return []fault{f}
}

// isPublicHost reports whether the header Host has a name that Alexa could have called: a full name without a port. A proxy may
// replace it by an internal name or an address.
func isPublicHost(r *http.Request) bool {
	_, port, err := net.SplitHostPort(r.Host)
	host := normalizeHost(r.Host)
	_, notAddress := netip.ParseAddr(host)
	isInternal := slices.ContainsFunc([]string{".local", ".internal", ".lan", ".localhost", ".home.arpa"},
		func(suffix string) bool { return strings.HasSuffix(host, suffix) })
	return (err != nil || port == "443") && notAddress != nil && strings.Contains(host, ".") && !isInternal &&
		r.Header.Get("X-Forwarded-Host") == "" && r.Header.Get("Forwarded") == ""
}

// hasCertificateFor reports whether the public listener has a certificate with this name.
func (s *Server) hasCertificateFor(host string) bool {
	if s.Certificate != nil {
		return s.Certificate.Leaf().VerifyHostname(host) == nil
	}
	return s.Issuer != nil && slices.Contains(s.Issuer.Names(), host)
}
