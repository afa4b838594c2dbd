"""Keys that sign passes: made, kept and read as PEM."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from greenlane.gate.jws import key_id


def generate_key() -> Ed25519PrivateKey:
    """A new signing key."""
    return Ed25519PrivateKey.generate()


def key_set(*keys: Ed25519PublicKey) -> dict[str, Ed25519PublicKey]:
    """Public keys by id, as `verify` takes them: the key in use and those retired less than a pass's life
    ago."""
    return {key_id(key): key for key in keys}


def private_key_pem(key: Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    """PKCS #8 PEM, encrypted where a password is given."""
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def public_key_pem(key: Ed25519PublicKey) -> bytes:
    """SubjectPublicKeyInfo PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_key_from_pem(pem: bytes, password: bytes | None = None) -> Ed25519PrivateKey:
    """Read `private_key_pem`.

    Raises:
        ValueError: no PEM, a wrong password, or a key of another kind.
    """
    key = serialization.load_pem_private_key(pem, password)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("the file holds a private key of another kind than Ed25519")
    return key


def public_key_from_pem(pem: bytes) -> Ed25519PublicKey:
    """Read `public_key_pem`.

    Raises:
        ValueError: no PEM, or a key of another kind.
    """
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the file holds a public key of another kind than Ed25519")
    return key
