package rules

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Short names for the table of the manifest.
var (
	anyValue = &schema{}
	boolean  = &schema{kind: "boolean"}
	integer  = &schema{kind: "integer"}
)

func text(least, most int) *schema   { return &schema{kind: "string", least: least, most: most} }
func oneOf(values ...string) *schema { return &schema{kind: "string", enum: values} }
func list(most int, element *schema) *schema {
	return &schema{kind: "array", most: most, elements: element}
}
func byName(value *schema) *schema { return &schema{kind: "object", values: value} }

func object(fields map[string]*schema, required ...string) *schema {
	return &schema{kind: "object", fields: fields, required: required}
}

// localeForm is the form of a locale's name. Amazon has these locales for custom skills.
var localeForm = regexp.MustCompile(
	`^(en-US|en-GB|en-IN|ja-JP|de-DE|en-CA|en-AU|fr-FR|fr-CA|it-IT|es-ES|es-MX|pt-BR|hi-IN|es-US|ar-SA|nl-NL)$`)

// IsLocale reports whether Amazon has a locale.
func IsLocale(name string) bool { return localeForm.MatchString(name) }

// manifestSchema is the schema of skill.json. Parts that this project does not use are accepted as they are.
func manifestSchema() *schema {
	return object(map[string]*schema{"manifest": object(map[string]*schema{
		"manifestVersion":       oneOf("1.0"),
		"publishingInformation": publishingSchema(),
		"privacyAndCompliance":  privacySchema(),
		"events":                eventsSchema(),
		"permissions":           list(0, object(map[string]*schema{"name": text(1, 0)}, "name")),
		"apis":                  apisSchema(),
		"authorizedClients":     anyValue,
	}, "manifestVersion", "publishingInformation", "apis")}, "manifest")
}

func publishingSchema() *schema {
	locales := byName(object(map[string]*schema{
		"name": text(2, 50), "smallIconUri": text(0, 0), "largeIconUri": text(0, 0),
		"summary": text(0, 160), "description": text(0, 4000), "updatesDescription": text(0, 4000),
		"examplePhrases": list(4, text(0, 200)), "keywords": list(30, text(0, 150)), "customProductPrompts": anyValue,
	}, "name"))
	locales.least = 1
	return object(map[string]*schema{
		"name": text(0, 0), "description": text(0, 0), "locales": locales, "isAvailableWorldwide": boolean,
		"distributionMode": oneOf("PRIVATE", "PUBLIC"), "testingInstructions": text(0, 4000), "category": text(0, 0),
		"distributionCountries": list(0, &schema{kind: "string", pattern: regexp.MustCompile(`^[A-Z]{2}$`)}),
		"gadgetSupport":         anyValue, "automaticDistribution": anyValue, "automaticClonedLocale": anyValue,
		"paidSkillInformation": anyValue,
	}, "locales")
}

func privacySchema() *schema {
	return object(map[string]*schema{
		"locales":         byName(object(map[string]*schema{"privacyPolicyUrl": text(0, 0), "termsOfUseUrl": text(0, 0)})),
		"allowsPurchases": boolean, "usesPersonalInfo": boolean, "isChildDirected": boolean, "isExportCompliant": boolean,
		"containsAds": boolean, "usesHealthInfo": boolean, "shoppingKit": anyValue,
	})
}

func endpointSchema() *schema {
	return object(map[string]*schema{
		"uri":                {kind: "string", pattern: regexp.MustCompile(`^(arn|https://)`)},
		"sslCertificateType": oneOf("SelfSigned", "Wildcard", "Trusted"),
	}, "uri")
}

func regionsSchema() *schema {
	return byName(object(map[string]*schema{"endpoint": endpointSchema()}, "endpoint"))
}

func eventsSchema() *schema {
	named := object(map[string]*schema{"eventName": text(1, 0)})
	return object(map[string]*schema{
		"subscriptions": list(0, named), "publications": list(0, named), "regions": regionsSchema(), "endpoint": endpointSchema(),
	}, "endpoint")
}

func apisSchema() *schema {
	viewport := object(map[string]*schema{
		"mode": oneOf("HUB", "TV", "MOBILE", "PC", "AUTO"), "shape": oneOf("RECTANGLE", "ROUND"),
		"minWidth": integer, "maxWidth": integer, "minHeight": integer, "maxHeight": integer,
	}, "mode")
	custom := object(map[string]*schema{
		"endpoint": endpointSchema(), "regions": regionsSchema(),
		"interfaces": list(0, object(map[string]*schema{"type": text(1, 0), "supportedViewports": list(0, viewport)}, "type")),
		"locales":    anyValue, "tasks": anyValue, "connections": anyValue, "dialogManagement": anyValue, "appLink": anyValue,
		"_targetRuntimes": anyValue,
	})
	apis := object(map[string]*schema{"custom": custom})
	for _, other := range []string{"flashBriefing", "knowledge", "smartHome", "video", "alexaForBusiness", "householdList", "music",
		"demandResponse"} {
		apis.fields[other] = anyValue
	}
	apis.least = 1
	return apis
}

// CheckManifest returns the violations of a decoded skill.json. assets are the paths of the package's files; nil: the manifest
// does not come with a package, so it must not name files.
func CheckManifest(manifest any, assets map[string]string) []Violation {
	found := manifestSchema().check("$", manifest)
	locales := dig(manifest, "manifest", "publishingInformation", "locales")
	for _, locale := range slices.Sorted(maps.Keys(locales)) {
		path := "$.manifest.publishingInformation.locales." + locale
		if !IsLocale(locale) {
			found = append(found, newViolation("INVALID_LOCALE", path, locale, "%q is not a supported locale.", locale).
				because("MALFORMED_INPUT"))
		}
		listing, _ := locales[locale].(map[string]any)
		for _, key := range []string{"smallIconUri", "largeIconUri"} {
			uri, _ := listing[key].(string)
			found = append(found, checkIcon(path+"."+key, uri, assets)...)
		}
	}
	privacy := dig(manifest, "manifest", "privacyAndCompliance", "locales")
	for _, locale := range slices.Sorted(maps.Keys(privacy)) {
		if _, known := locales[locale]; !known {
			path := "$.manifest.privacyAndCompliance.locales." + locale
			found = append(found, newViolation("UNEXPECTED_PROPERTY", path, nil,
				"Locale %q at property path %q does not have publishing information.", locale, path).
				because("EXPECTED_ATLEAST_ONE_RELATED_INSTANCE"))
		}
	}
	return found
}

// filePrefix begins the address of a file of the package.
const filePrefix = "file://"

// checkIcon checks the address of an icon.
func checkIcon(path, uri string, assets map[string]string) []Violation {
	file, isFile := strings.CutPrefix(uri, filePrefix)
	_, exists := assets[file]
	switch {
	case uri == "", isFile && exists, strings.HasPrefix(uri, "https://"):
		return nil
	case isFile && assets != nil:
		return []Violation{newViolation("RESOURCE_NOT_FOUND", path, uri, "File %q of property path %q is not in the package.", file, path).
			because("RESOURCE_DOES_NOT_EXIST")}
	}
	return []Violation{newViolation("INVALID_URL_FORMAT", path, uri, "Value %q at property path %q is not a valid URL.", uri, path).
		with("expectedFormat", "URI").because("MALFORMED_INPUT")}
}

// dig returns the object at a path of keys, nil if there is none.
func dig(value any, keys ...string) map[string]any {
	found, _ := value.(map[string]any)
	for _, key := range keys {
		found, _ = found[key].(map[string]any)
	}
	return found
}

// Locales returns the locales of a decoded manifest, sorted.
func Locales(manifest any) []string {
	return slices.Sorted(maps.Keys(dig(manifest, "manifest", "publishingInformation", "locales")))
}

// Names returns the skill's name by locale.
func Names(manifest any) map[string]string {
	names := map[string]string{}
	for locale, listing := range dig(manifest, "manifest", "publishingInformation", "locales") {
		names[locale], _ = dig(listing)["name"].(string)
	}
	return names
}

// APIs returns the kinds of skill that the manifest declares, sorted.
func APIs(manifest any) []string { return slices.Sorted(maps.Keys(dig(manifest, "manifest", "apis"))) }

// Endpoint returns address and certificate type of a custom skill.
func Endpoint(manifest any) (uri, certificateType string) {
	endpoint := dig(manifest, "manifest", "apis", "custom", "endpoint")
	uri, _ = endpoint["uri"].(string)
	certificateType, _ = endpoint["sslCertificateType"].(string)
	return uri, certificateType
}

// CheckEnablement returns what keeps a skill from its enablement.
func CheckEnablement(manifest any) (found []Violation) {
	custom := dig(manifest, "manifest", "apis", "custom")
	if custom == nil {
		return nil
	}
	uri, certificateType := Endpoint(manifest)
	switch {
	case custom["endpoint"] == nil:
		found = append(found, Violation{Message: `custom - object has missing required properties (["endpoint"])`})
	case uri == "":
		found = append(found, Violation{Message: "Regionalized endpoints must not be empty."})
	case strings.HasPrefix(uri, "https://") && certificateType == "":
		found = append(found, Violation{Message: "HTTPS endpoints must have an sslCertificateType."})
	}
	return found
}
