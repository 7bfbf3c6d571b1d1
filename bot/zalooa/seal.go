package zalooa

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	sangkien "github.com/sangkien/sangkien"
)

// minKey is the fewest characters of the secret that the key is made of.
const minKey = 32

// pair is what Zalo gives at each renewal. The refresh token can be used once.
type pair struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// sealer encrypts pairs, so that a copy of the database alone opens no account.
type sealer struct {
	aead cipher.AEAD
	name string // a pair that was copied to another name does not open
}

func newSealer(secret, name string) (sealer, error) {
	if len(secret) < minKey {
		return sealer{}, sangkien.Errorf(sangkien.EINVALID, "SANGKIEN_SECRET_KEY needs at least %d characters, with which tokens are encrypted; make one with: openssl rand -base64 32", minKey)
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sangkien tokens", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("derive the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("make the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("make the cipher: %w", err)
	}
	return sealer{aead: aead, name: name}, nil
}

func (s sealer) seal(p pair) (string, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the tokens: %w", err)
	}
	return base64.StdEncoding.EncodeToString(s.aead.Seal(nil, nil, data, []byte(s.name))), nil
}

// errOtherKey says that the stored tokens were encrypted with another key.
var errOtherKey = errors.New("the stored Zalo tokens do not open with SANGKIEN_SECRET_KEY: set the key that they were stored with, or run: sangkien zalo authorize")

func (s sealer) open(sealed string) (pair, error) {
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return pair{}, errOtherKey
	}
	plain, err := s.aead.Open(nil, nil, data, []byte(s.name))
	if err != nil {
		return pair{}, errOtherKey
	}
	var p pair
	if err := json.Unmarshal(plain, &p); err != nil {
		return pair{}, errOtherKey
	}
	return p, nil
}

// randomText is a secret of 256 bits.
func randomText() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never returns an error
	return base64.RawURLEncoding.EncodeToString(b[:])
}
