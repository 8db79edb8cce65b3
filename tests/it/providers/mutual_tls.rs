//! Ponto Connect lets in only who shows a certificate: the program itself, before a server that asks for one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// An authority of the test's own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name, and its key, as PEM.
fn certificate(name: &str, authority: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// A server that gives a token to whoever shows a certificate of the authority; its address.
async fn server(authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let (chain, key) = certificate("localhost", authority);
    let config = ServerConfig::builder()
        .with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let body = r#"{"access_token":"t","expires_in":1799,"token_type":"bearer","scope":""}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + body).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

/// What `check --providers` says of Ponto Connect at that address; the other providers are elsewhere.
fn check(folder: &Path, address: &str, other: &str, certificate: Option<&Path>) -> String {
    let secret = write(folder, "secret", "marker-secret");
    let certificate = certificate.map(|path| format!("certificate_file = {path:?}\n")).unwrap_or_default();
    let config = format!(
        "[providers.ponto]\nbase_url = {other:?}\n[providers.ponto_connect]\nbase_url = {address:?}\n\
         client_id = \"id\"\nclient_secret_file = {secret:?}\n{certificate}"
    );
    let config = write(folder, "config.toml", &config);
    let output = Command::new(env!("CARGO_BIN_EXE_bank-bridge"))
        .args(["check", "--providers", "--config"])
        .arg(config)
        .env_clear()
        .env("NO_COLOR", "1")
        .env("SSL_CERT_FILE", folder.join("authority.pem"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains("marker-secret"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_shows_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (authority(), authority());
    write(folder.path(), "authority.pem", &authority.pem());
    let address = server(&authority).await;
    let ready = "ok  provider Ponto Connect answers";
    let file = |name: &str, authority: &CertifiedIssuer<'static, KeyPair>| {
        let (chain, key) = certificate("bank-bridge", authority);
        write(folder.path(), name, &(key + &chain))
    };
    let (right, wrong) = (file("right.pem", &authority), file("wrong.pem", &stranger));
    let other = wiremock::MockServer::start().await.uri();
    let said = |certificate: Option<&Path>| check(folder.path(), &address, &other, certificate);
    let let_in = said(Some(&right));
    assert!(let_in.contains(ready), "{let_in}");
    for refused in [Some(wrong.as_path()), None] {
        let said = said(refused);
        assert!(!said.contains(ready) && said.contains("does not take its client certificate"), "{said}");
    }
    let broken = said(Some(&write(folder.path(), "broken.pem", "no certificate")));
    assert!(broken.contains("BB-1010"), "{broken}");
}
