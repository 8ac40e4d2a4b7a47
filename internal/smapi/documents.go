package smapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Manifest returns the manifest of the development stage: an object with the member "manifest".
func (c *Client) Manifest(ctx context.Context, skillID string) (StoredDocument, error) {
	return c.document(ctx, callManifest, skillID, "stages", "development", "manifest")
}

// document gets a JSON document of a skill.
func (c *Client) document(ctx context.Context, name, skillID string, path ...string) (StoredDocument, error) {
	target, err := skillPath("v1", skillID, path...)
	if err != nil {
		return StoredDocument{}, err
	}
	result, err := c.do(ctx, call{name: name, method: http.MethodGet, path: target, json: true})
	if err != nil {
		return StoredDocument{}, err
	}
	return StoredDocument{JSON: result.body, ETag: result.header.Get("ETag")}, nil
}

// SetManifest replaces the manifest of the development stage. manifest is an object with the member "manifest". Amazon works
// on it after the call. Status has the result. ifMatch is the ETag of the manifest that it replaces, or "".
func (c *Client) SetManifest(ctx context.Context, skillID string, manifest []byte, ifMatch string) error {
	target, err := skillPath("v1", skillID, "stages", "development", "manifest")
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(manifest, &members); err != nil || members["manifest"] == nil {
		return errors.New(callSetManifest + `: the document is not an object with the member "manifest"`)
	}
	_, err = c.do(ctx, call{name: callSetManifest, method: http.MethodPut, path: target, body: manifest, ifMatch: ifMatch})
	return err
}

// Model returns the interaction model of a locale.
func (c *Client) Model(ctx context.Context, skillID, locale string) (StoredDocument, error) {
	return c.document(ctx, callModel, skillID, "stages", "development", "interactionModel", "locales", locale)
}

// ModelETag returns the version of the interaction model of a locale.
func (c *Client) ModelETag(ctx context.Context, skillID, locale string) (string, error) {
	target, err := skillPath("v1", skillID, "stages", "development", "interactionModel", "locales", locale)
	if err != nil {
		return "", err
	}
	result, err := c.do(ctx, call{name: callModel, method: http.MethodHead, path: target})
	return result.header.Get("ETag"), err
}

// SetAccountLinking sets the account-linking client of the development stage. request is the value of accountLinkingRequest.
func (c *Client) SetAccountLinking(ctx context.Context, skillID string, request []byte, ifMatch string) (etag string, err error) {
	target, err := skillPath("v1", skillID, "stages", "development", "accountLinkingClient")
	if err != nil {
		return "", err
	}
	var secrets struct {
		ClientSecret string `json:"clientSecret"`
	}
	if json.Unmarshal(request, &secrets) != nil { // the error could quote the secret
		return "", errors.New(callAccountLinking + ": the request is not a JSON object with texts")
	}
	c.masks.remember(secrets.ClientSecret)
	body, err := json.Marshal(map[string]json.RawMessage{"accountLinkingRequest": request})
	if err != nil {
		return "", err
	}
	result, err := c.do(ctx, call{name: callAccountLinking, method: http.MethodPut, path: target, body: body, ifMatch: ifMatch})
	return result.header.Get("ETag"), err
}

// AccountLinking returns the account-linking client of the development stage. Amazon does not send its secret.
func (c *Client) AccountLinking(ctx context.Context, skillID string) (StoredDocument, error) {
	return c.document(ctx, callGetLinking, skillID, "stages", "development", "accountLinkingClient")
}
