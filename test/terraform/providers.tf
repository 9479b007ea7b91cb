resource "aws_cognito_identity_provider" "google" {
  user_pool_id  = aws_cognito_user_pool.people.id
  provider_name = "Google"
  provider_type = "Google"

  provider_details = {
    client_id        = var.changed ? "other.apps.googleusercontent.com" : "house.apps.googleusercontent.com"
    client_secret    = "google-secret"
    authorize_scopes = "openid email profile"

    # What the service adds by itself.
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }

  attribute_mapping = var.changed ? { email = "email", username = "sub", given_name = "given_name" } : { email = "email", username = "sub" }
}

resource "aws_cognito_identity_provider" "company" {
  user_pool_id    = aws_cognito_user_pool.people.id
  provider_name   = "Company"
  provider_type   = "SAML"
  idp_identifiers = var.changed ? ["company.example", "company.example.org"] : ["company.example"]

  provider_details = {
    MetadataFile            = file("${path.module}/saml-metadata.xml")
    SSORedirectBindingURI   = "https://idp.example.com/sso/redirect"
    SLORedirectBindingURI   = "https://idp.example.com/slo/redirect"
    IDPSignout              = "true"
    IDPInit                 = var.changed ? "true" : "false"
    EncryptedResponses      = "false"
    RequestSigningAlgorithm = "rsa-sha256"
  }

  attribute_mapping = {
    email      = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
    given_name = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"
    username   = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
  }

  lifecycle {
    ignore_changes = [provider_details["ActiveEncryptionCertificate"]]
  }
}

resource "aws_cognito_identity_provider" "partner" {
  user_pool_id  = aws_cognito_user_pool.people.id
  provider_name = "Partner"
  provider_type = "OIDC"

  provider_details = {
    client_id                     = "house"
    client_secret                 = var.changed ? "a-new-secret" : "a-secret"
    attributes_request_method     = "GET"
    authorize_scopes              = "openid email"
    oidc_issuer                   = "https://partner.example.com"
    authorize_url                 = "https://partner.example.com/authorize"
    token_url                     = "https://partner.example.com/token"
    attributes_url                = "https://partner.example.com/userinfo"
    jwks_uri                      = "https://partner.example.com/jwks"
    attributes_url_add_attributes = "false"
  }

  attribute_mapping = {
    email    = "email"
    username = "sub"
  }
}

resource "aws_cognito_resource_server" "orders" {
  user_pool_id = aws_cognito_user_pool.people.id
  identifier   = "https://orders.example.com"
  name         = "Orders"

  scope {
    scope_name        = "read"
    scope_description = "See orders"
  }

  dynamic "scope" {
    for_each = var.changed ? ["write", "delete"] : ["write"]

    content {
      scope_name        = scope.value
      scope_description = "May ${scope.value} orders"
    }
  }
}
