package smapi

import (
	"net/http"
	"slices"
	"strings"
)

// remedyNoVendor is the remedy for an empty list of vendors.
const remedyNoVendor = "Sign in at https://developer.amazon.com in a browser with this Amazon account, and register as a developer once. " +
	"Then run the command again."

// A sign is what the rules read of an error: the call and its status, and a problem. Fields of other errors are empty.
type sign struct {
	call    string
	status  int
	problem Problem
}

// A rule has a remedy for the errors that it matches.
type rule struct {
	name    string
	matches func(sign) bool
	remedy  string
}

// problemRules are the rules for problems of a package. The first that matches counts, so special rules precede general ones.
var problemRules = []rule{
	{"file URL of an icon", coded("INVALID_URL_FORMAT", "file://"),
		"Amazon accepts a file:// address only in an import of the whole package. Use an https address, or run: skill deploy."},
	{"endpoint is not a URL", says("endpoint", "does not match the regular expression"),
		"The endpoint must be an https address. Set the public address of the service in the configuration, and deploy again."},
	{"unknown key", says("is not defined in the schema"),
		"Amazon does not know this key. Remove it if you added it. Otherwise report it to the makers of Lastpost, with the JSON path."},
	{"model without frame", anyOf(coded("InvalidModelDefinitionSchema", ""), coded("INVALID_MODEL_DEFINITION_SCHEMA", "")),
		"A model needs the members interactionModel.languageModel.invocationName. Write the package again with: skill package."},
	{"no carrier phrase", says("must include a carrier phrase"),
		"A phrase slot must not be alone in a sample utterance. Add words before or after the slot, such as \"search for {query}\"."},
	{"endpoint is missing", anyOf(says("regionalized endpoints must not be empty"), says("missing required properties", "endpoint")),
		"The manifest needs an https endpoint. Set the public address of the service in the configuration, and deploy again."},
	{"certificate type is missing", says("sslcertificatetype"),
		"The endpoint needs the type of its certificate. Deploy again with: skill deploy --certificate-type TYPE."},
	{"skill is disabled", says("currently disabled in development stage"),
		"Enable the skill: skill deploy does that. If another stage is enabled, Amazon allows only one at a time."},
	{"utterance resolves to no intent", says("did not resolve to any intent"),
		"Begin the words with the invocation name, such as \"open half elf\". Use words that the locale's model has."},
	{"unexpected error of a simulation", says("an unexpected error occurred"),
		"Amazon's simulator fails in this way for working skills too. It does not prove a fault. " +
			"Try the skill in the developer console, or on a device."},
	{"agreement", reason("EXPORT_COMPLIANCE"),
		"Open the skill in the developer console, and answer the question about export compliance (Distribution, Privacy & Compliance)."},
	{"resource is missing", reason("RESOURCE_DOES_NOT_EXIST"),
		"A part that the package refers to does not exist at Amazon. Check the ids in the package, and deploy again."},
	{"version", reason("RESOURCE_VERSION_DOES_NOT_MATCH"),
		"The skill changed at Amazon in the meantime. Look at the differences with: skill deploy --dry-run. " +
			"To overwrite them, add --force."},
	{"locked", reason("RESOURCE_LOCKED"),
		"Another change of the skill is running. Wait a few minutes, and deploy again."},
	{"stage", reason("UNEXPECTED_RESOURCE_STAGE"),
		"The skill is in another stage, such as certification. " +
			"Wait for the end of the certification, or withdraw it in the developer console."},
	{"unexpected property", reason("UNEXPECTED_RESOURCE_PROPERTY"),
		"Amazon does not expect the property at this JSON path. Remove it, and deploy again."},
	{"missing property", reason("MISSING_RESOURCE_PROPERTY"),
		"Add the property at this JSON path, and deploy again."},
	{"empty value", reason("EXPECTED_NOT_EMPTY_VALUE"),
		"The value at this JSON path must not be empty. Fill it, and deploy again."},
	{"count", reason("INVALID_NUMBER_OF_OCCURENCES", "INVALID_NUMBER_OF_PROPERTIES"), //nolint:misspell // Amazon's spelling
		"The number of entries at this JSON path is not permitted. The message has the limits."},
	{"relation", reason("EXPECTED_ATLEAST_ONE_RELATED_INSTANCE", "EXPECTED_EXACTLY_ONE_RELATED_INSTANCE"),
		"The value at this JSON path refers to another part, which is missing or exists twice. Compare both parts."},
	{"malformed", reason("MALFORMED_INPUT"),
		"The value at this JSON path does not have the form that Amazon expects. The message has the form."},
	{"build of a model fails", failedModel,
		"Frequent causes are a custom slot type without values, fallbackIntentSensitivity outside of en-* and de-DE, " +
			"and AMAZON.SearchQuery beside another slot. Open the locale in the developer console to see the cause."},
}

// errorRules are the rules for refused calls. The first that matches counts.
var errorRules = []rule{
	{"too large", answered(http.StatusRequestEntityTooLarge),
		"The package is too large for Amazon. Use smaller icons, or fewer locales."},
	{"upload URL has expired", func(s sign) bool { return s.status/100 == 4 && s.call == callUpload },
		"The storage refuses the upload. Upload URLs expire soon. Check the clock and the network of this machine, and deploy again."},
	{"access token is refused", answered(http.StatusUnauthorized),
		"Amazon refuses the access token, also after a renewal. Sign in again: skill deploy --login."},
	{"role or registration", refused(http.StatusForbidden, "user is not authorized to access this operation"),
		"The Amazon account needs a developer account, and the role administrator or developer in it. " +
			"Register at https://developer.amazon.com, or ask the owner of the developer account. Then run: skill deploy --login."},
	{"not ready for enablement", refused(http.StatusForbidden, "not ready for enablement"),
		"Correct what the lines above say, and deploy again. If they are empty, wait until the models are built."},
	{"another import", says("another import in progress"),
		"An earlier import of this skill is running. It cannot be cancelled. Wait until it ends, and deploy again."},
	{"manifest is not valid", says("skill manifest is not valid"),
		"Correct the manifest at the JSON paths above, and deploy again."},
	{"scope for trying", func(s sign) bool {
		return s.status == http.StatusForbidden && slices.Contains([]string{callSimulate, callSimulation, callInvoke}, s.call)
	}, "The sign-in probably does not permit tests. Run: skill deploy --login --try WORDS. " +
		"The skill must be enabled, and belong to this account."},
	{"no permission", answered(http.StatusForbidden),
		"The Amazon account may not do this. Check with skill deploy --list whether the skill belongs to it. " +
			"To use another account, run: skill deploy --login."},
	{"unknown import", func(s sign) bool { return s.status == http.StatusNotFound && s.call == callImport },
		"Amazon does not know this import, or it belongs to another account. Look for the skill with: skill deploy --list."},
	{"unknown skill", answered(http.StatusNotFound),
		"Amazon does not find the skill in this account. Compare application_id in the configuration with: skill deploy --list."},
	{"two simulations", func(s sign) bool { return s.status == http.StatusConflict && s.call == callSimulate },
		"Amazon permits one simulation at a time for an account. Wait a minute, and try again."},
	{"conflict", answered(http.StatusConflict),
		"Another change of the skill is running. Wait a few minutes, and run the command again."},
	{"changed at Amazon", answered(http.StatusPreconditionFailed),
		"The skill changed at Amazon in the meantime. Look at the differences with: skill deploy --dry-run. " +
			"To overwrite them, add --force."},
	{"too many calls", answered(http.StatusTooManyRequests),
		"Amazon limits the number of calls. Wait a few minutes, and run the command again."},
	{"fault at Amazon", func(s sign) bool { return s.status >= 500 },
		"Amazon has a fault. Try again later. If it stays, give the request id to Amazon's support."},
	{"bad request", func(s sign) bool { return s.status >= 400 },
		"Run the command again with --debug, and report the output to the makers of Lastpost."},
}

// Remedy returns what to do about a problem of a package, a build or a simulation, or "" if it is unknown.
func Remedy(problem Problem) string {
	if r := firstRule(problemRules, sign{problem: problem}); r != nil {
		return r.remedy
	}
	return ""
}

func firstRule(rules []rule, s sign) *rule {
	for i := range rules {
		if rules[i].matches(s) {
			return &rules[i]
		}
	}
	return nil
}

// remedyOfError returns the remedies of an error of Amazon: those of its violations, and otherwise that of the whole error.
func remedyOfError(e *Error) string {
	var remedies []string
	problems := append([]Problem{{Code: e.Code, Message: e.Message}}, e.Violations...)
	for _, p := range problems {
		if remedy := Remedy(p); remedy != "" && !slices.Contains(remedies, remedy) {
			remedies = append(remedies, remedy)
		}
	}
	if len(remedies) == 0 {
		if r := firstRule(errorRules, sign{e.Call, e.Status, Problem{Code: e.Code, Message: e.Message}}); r != nil {
			return r.remedy
		}
	}
	return strings.Join(remedies, " ")
}

// says matches a message that has all parts, also in its JSON path, in any case of the letters.
func says(parts ...string) func(sign) bool {
	return func(s sign) bool {
		text := strings.ToLower(s.problem.Message + " " + s.problem.Path)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				return false
			}
		}
		return true
	}
}

// coded matches a code with a message that has a part.
func coded(code, part string) func(sign) bool {
	return func(s sign) bool {
		isCode := strings.EqualFold(s.problem.Code, code) || strings.Contains(s.problem.Message, code)
		return isCode && strings.Contains(s.problem.Message, part)
	}
}

func reason(reasons ...string) func(sign) bool {
	return func(s sign) bool { return slices.Contains(reasons, s.problem.Reason) }
}

func answered(status int) func(sign) bool { return func(s sign) bool { return s.status == status } }

func refused(status int, part string) func(sign) bool {
	return func(s sign) bool { return s.status == status && says(part)(s) }
}

func anyOf(rules ...func(sign) bool) func(sign) bool {
	return func(s sign) bool {
		return slices.ContainsFunc(rules, func(matches func(sign) bool) bool { return matches(s) })
	}
}

// failedModel matches every problem of a model without a reason that another rule knows.
func failedModel(s sign) bool {
	return strings.HasPrefix(strings.ToLower(s.problem.Resource), "interactionmodel")
}
